import Statistics

/// What the other proxies of the fleet have counted, as far as it was read: the last hour by minutes, the last week by
/// hours.
struct FleetBook: Sendable {
  /// By flag, in the order of `WindowBook`.
  private(set) var flags: [Spans]
  /// Registered proxies that have told nothing lately, by name.
  var silent: [String] = []
  /// Windows that could not be understood.
  private(set) var unreadable: UInt64 = 0

  struct Spans: Sendable {
    /// By the number of the minute.
    var minutes: [Int: FleetSpan] = [:]
    var hours: [Int: FleetSpan] = [:]

    subscript(resolution: Resolution) -> [Int: FleetSpan] {
      get { resolution == .hour ? hours : minutes }
      set { if resolution == .hour { hours = newValue } else { minutes = newValue } }
    }
  }

  /// Of the tallies.
  private(set) var byteCount = 0
  private let byteLimit: Int

  static let minutesKept = 61
  static let hoursKept = 169

  /// 64 MiB: more than seven busy flags take, however many the proxies are. Others may write into the store what they like.
  init(flagCount: Int, byteLimit: Int = 64 << 20) {
    flags = Array(repeating: Spans(), count: flagCount)
    self.byteLimit = byteLimit
  }

  /// Counts what was not taken.
  mutating func passOver(_ count: Int) { unreadable += UInt64(count) }

  /// Beyond the limit of bytes, what was counted then is passed over until other windows have expired.
  mutating func put(_ span: FleetSpan, flag: Int, _ resolution: Resolution, number: Int) {
    var span = span
    byteCount -= flags[flag][resolution][number]?.byteCount ?? 0
    if byteCount + span.byteCount > byteLimit { span.passOverGroups() }
    byteCount += span.byteCount
    passOver(span.unreadable)
    flags[flag][resolution][number] = span
  }

  /// All will be read anew; until then it stays.
  mutating func forgetVersions() {
    for flag in flags.indices {
      for number in flags[flag].minutes.keys { flags[flag].minutes[number]?.version = 0 }
      for number in flags[flag].hours.keys { flags[flag].hours[number]?.version = 0 }
    }
  }

  /// Takes out what the store has forgotten by now: the minutes, as light windows, the oldest first.
  mutating func expire(at wall: Int) -> [(flag: Int, minute: Kept)] {
    var gone: [(flag: Int, minute: Kept)] = []
    let (minute, hour) = (Resolution.minute.number(of: wall), Resolution.hour.number(of: wall))
    for flag in flags.indices {
      for number in flags[flag].minutes.keys.sorted() where number + Self.minutesKept <= minute {
        guard let span = flags[flag].minutes.removeValue(forKey: number) else { continue }
        byteCount -= span.byteCount
        let light = span.light
        guard !light.isEmpty else { continue }
        gone.append(
          (flag, Kept(stage: 0, from: number * 60_000, milliseconds: 60_000, bytes: light.encoded)))
      }
      for number in flags[flag].hours.keys.filter({ $0 + Self.hoursKept <= hour }) {
        byteCount -= flags[flag].hours.removeValue(forKey: number)?.byteCount ?? 0
      }
    }
    return gone
  }
}
