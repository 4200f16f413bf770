internal import Statistics

/// The windows of the other proxies in the fleet, as last read: the last hour by minutes, the last week by hours.
struct FleetWindows: Sendable {
  /// In the order of `LocalWindows`.
  private(set) var flags: [ByNumber]
  /// Names of registered proxies that have published nothing lately.
  var silent: [String] = []
  /// Windows that could not be decoded, or exceeded a limit.
  private(set) var unreadable: UInt64 = 0

  struct ByNumber: Sendable {
    /// By the number of the minute since 1970.
    var minutes: [Int: FleetWindow] = [:]
    var hours: [Int: FleetWindow] = [:]

    subscript(resolution: Resolution) -> [Int: FleetWindow] {
      get { resolution == .hour ? hours : minutes }
      set { if resolution == .hour { hours = newValue } else { minutes = newValue } }
    }
  }

  /// Bytes of all tallies.
  private(set) var byteCount = 0
  private let byteLimit: Int

  static let minutesKept = 61
  static let hoursKept = 169

  /// 64 MiB: more than seven busy flags take, whatever the number of proxies. The limit is needed because anyone may write
  /// anything into the store.
  init(flagCount: Int, byteLimit: Int = 64 << 20) {
    flags = Array(repeating: ByNumber(), count: flagCount)
    self.byteLimit = byteLimit
  }

  /// Counts windows that were skipped.
  mutating func countSkipped(_ count: Int) { unreadable += UInt64(count) }

  /// Beyond the byte limit, drops the counts of the window until others expire.
  mutating func put(_ window: FleetWindow, flag: Int, _ resolution: Resolution, number: Int) {
    var window = window
    byteCount -= flags[flag][resolution][number]?.byteCount ?? 0
    if byteCount + window.byteCount > byteLimit { window.dropGroups() }
    byteCount += window.byteCount
    countSkipped(window.unreadable)
    flags[flag][resolution][number] = window
  }

  /// Makes the next read fetch everything; until then the windows stay.
  mutating func forgetVersions() {
    for flag in flags.indices {
      for number in flags[flag].minutes.keys { flags[flag].minutes[number]?.version = 0 }
      for number in flags[flag].hours.keys { flags[flag].hours[number]?.version = 0 }
    }
  }

  /// Removes the windows that have expired in the store. Returns the minutes as light windows, the oldest first.
  mutating func expire(at wall: Int) -> [(flag: Int, minute: ClosedWindow)] {
    var gone: [(flag: Int, minute: ClosedWindow)] = []
    let (minute, hour) = (Resolution.minute.number(of: wall), Resolution.hour.number(of: wall))
    for flag in flags.indices {
      for number in flags[flag].minutes.keys.sorted() where number + Self.minutesKept <= minute {
        guard let window = flags[flag].minutes.removeValue(forKey: number) else { continue }
        byteCount -= window.byteCount
        let light = window.light
        guard !light.isEmpty else { continue }
        gone.append(
          (flag, ClosedWindow(stage: 0, from: number * 60_000, milliseconds: 60_000, bytes: light.encoded)))
      }
      for number in flags[flag].hours.keys.filter({ $0 + Self.hoursKept <= hour }) {
        byteCount -= flags[flag].hours.removeValue(forKey: number)?.byteCount ?? 0
      }
    }
    return gone
  }
}

/// A minute or hour of one flag, summed over the other proxies by stage. It takes as much memory as a window of our own,
/// whatever the number of proxies.
struct FleetWindow: Sendable {
  /// The version of the key when it was read; every write increments it.
  var version: Int
  private(set) var groups: [Group] = []
  /// The proxies that contributed traffic.
  private(set) var proxies: Set<String> = []
  private(set) var unreadable = 0

  /// The sum of windows that began at about the same time with the same split and revision.
  struct Group: Sendable {
    /// The latest beginning that was seen, else the earliest.
    var stage: Stage
    var from: Int
    var milliseconds: Int
    var tally: [UInt8]
  }

  /// In milliseconds: more than clocks of a fleet, and the times at which its proxies apply a change, differ.
  static let tolerance = 15_000
  /// Groups of one split. Windows that begin at yet other times, such as in a rolling restart, join the group that began
  /// nearest.
  private static let groupsPerSplit = 8
  /// Groups in total. More are dropped: a flag that changes so often has no stages to compare.
  private static let groupLimit = 16

  init(version: Int, _ values: [(proxy: String, bytes: [UInt8])]) {
    self.version = version
    var sums: [(group: Group, tally: Tally)] = []
    for value in values {
      do throws(CodecError) {
        let (window, tally) = try PublishedWindow.decode(value.bytes)
        if !tally.isEmpty { proxies.insert(value.proxy) }
        let index = Self.index(of: window, in: sums.map(\.group))
        if let index {
          sums[index].group.add(window)
          sums[index].tally.merge(tally)
        } else if sums.count < Self.groupLimit {
          sums.append((Group(window), tally))
        } else {
          unreadable += 1
        }
      } catch {
        unreadable += 1
      }
    }
    groups = sums.map { sum in
      var group = sum.group
      group.tally = sum.tally.encoded
      return group
    }
  }

  /// The group that the window belongs to; nil for a new one.
  private static func index(of window: PublishedWindow, in groups: [Group]) -> Int? {
    if let index = groups.firstIndex(where: { $0.matches(window) }) { return index }
    let same = groups.indices.filter { groups[$0].stage.split == window.stage.split }
    guard same.count >= groupsPerSplit else { return nil }
    return same.min { abs(groups[$0].from - window.from) < abs(groups[$1].from - window.from) }
  }

  mutating func dropGroups() {
    unreadable += groups.count
    (groups, proxies) = ([], [])
  }

  var byteCount: Int { groups.reduce(0) { $0 + $1.tally.count } }

  /// The sum of all groups, for charts.
  var light: LightTally {
    var light = LightTally()
    for group in groups { if let tally = try? Tally(encoded: group.tally) { light.merge(LightTally(tally)) } }
    return light
  }
}

extension FleetWindow.Group {
  fileprivate init(_ window: PublishedWindow) {
    stage = window.stage
    from = window.from
    milliseconds = window.milliseconds
    tally = []
  }

  fileprivate func matches(_ window: PublishedWindow) -> Bool {
    stage.split == window.stage.split && stage.revision == window.stage.revision
      && abs(from - window.from) <= FleetWindow.tolerance
  }

  fileprivate mutating func add(_ window: PublishedWindow) {
    stage = stage.combined(with: window.stage)
    from = min(from, window.from)
    milliseconds = max(milliseconds, window.milliseconds)
  }
}

extension Stage {
  /// Combines two reports of one stage: the later beginning that was seen, else the earlier one.
  func combined(with other: Stage) -> Stage {
    if isSeen != other.isSeen { return isSeen ? self : other }
    return (isSeen ? from >= other.from : from <= other.from) ? self : other
  }
}
