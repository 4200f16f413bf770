internal import FlagStore
internal import Redis
internal import Statistics

/// What one proxy counted of one flag in a minute or an hour, or in the part of it that belongs to one stage, as the proxies
/// of a fleet publish it:
///
///     version 2, stage (split, from, revision, seen), from, milliseconds, tally
///
/// The first byte is the version; readers skip other versions. It changes with `ClusterCounter`.
struct PublishedWindow: Sendable, Equatable {
  private static let version: UInt8 = 2
  /// The largest tally and a salt.
  static let byteLimit = Tally.byteLimit + 2_048

  var stage: Stage
  var from: Int
  var milliseconds: Int
  /// The tally, encoded.
  var tally: [UInt8]

  var encoded: [UInt8] {
    var writer = VarintWriter()
    writer.put(byte: Self.version)
    stage.put(into: &writer)
    writer.put(from)
    writer.put(milliseconds)
    writer.append(tally)
    return writer.bytes
  }

  /// Also returns the tally, which has to be decoded to validate it.
  static func decode(_ bytes: [UInt8]) throws(CodecError) -> (window: PublishedWindow, tally: Tally) {
    guard bytes.count <= byteLimit else { throw .outOfRange }
    var reader = VarintReader(bytes)
    guard try reader.byte() == version else { throw .unknownVersion }
    let stage = try Stage(from: &reader)
    let from = try reader.number(atMost: ClockReading.limit)
    let milliseconds = try reader.number(atMost: 86_400_000)
    let rest = reader.rest
    let tally = try Tally(encoded: rest)
    return (PublishedWindow(stage: stage, from: from, milliseconds: milliseconds, tally: rest), tally)
  }
}

/// The keys in Redis through which the proxies of a fleet share their windows:
///
///     turnout:windows:FLAG:m:NUMBER     a hash: one minute, NUMBER minutes after 1970; expires after 65 minutes
///     turnout:windows:FLAG:h:NUMBER     a hash: one hour; expires after a week and an hour
///
/// A field is `PROXY:FROM`, the proxy's id and the beginning of its window: each part of a minute has its own field. The
/// value is that window so far (`PublishedWindow`), so writing it again changes nothing. The field `v` counts the writes.
struct FleetKeys: Sendable {
  let prefix: String

  /// The most fields of one hash that are read.
  static let fieldLimit = 4_096

  func key(_ flag: String, _ resolution: Resolution, _ number: Int) -> RedisWord {
    RedisWord("\(prefix)turnout:windows:\(flag):\(resolution == .hour ? "h" : "m"):\(number)")
  }

  static func field(_ proxy: String, from: Int) -> RedisWord { RedisWord("\(proxy):\(from)") }

  static func expirySeconds(_ resolution: Resolution) -> Int { resolution == .hour ? 169 * 3_600 : 65 * 60 }

  /// The windows of the other proxies: skips our own fields and malformed ones.
  static func values(_ reply: RedisReply, without own: String) -> [(proxy: String, bytes: [UInt8])] {
    guard let elements = reply.elements else { return [] }
    var values: [(proxy: String, bytes: [UInt8])] = []
    for index in stride(from: 0, to: min(elements.count - 1, fieldLimit * 2), by: 2) {
      guard let name = elements[index].text, let bytes = elements[index + 1].value,
        let colon = name.firstIndex(of: ":"), name[..<colon] != own
      else { continue }
      values.append((String(name[..<colon]), bytes))
    }
    return values
  }
}

/// Which of our windows are published.
struct PublishProgress: Sendable {
  /// The most closed windows of a flag and resolution in one write; after a restart of Redis there is more to publish, and
  /// time for it.
  static let limit = 64

  /// By flag: the last published window of each ring.
  private var published: [(minutes: Int, hours: Int)]

  init(flagCount: Int) { published = Array(repeating: (0, 0), count: flagCount) }

  /// Publishes everything again: Redis may have lost it.
  mutating func reset() { published = published.map { _ in (0, 0) } }

  struct Item: Sendable {
    var flag: Int
    var resolution: Resolution
    var window: PublishedWindow
    /// Its number in the ring; 0 for an open window.
    var sequence: Int
  }

  /// The open windows of every flag, which also show that this proxy lives, and the closed ones that are not published yet.
  func due(_ local: LocalWindows, now: Int) -> [Item] {
    var due: [Item] = []
    for (index, flag) in local.flags.enumerated() {
      for open in [flag.minute, flag.hour] {
        guard let stage = flag.table[open.stage] else { continue }
        let window = PublishedWindow(
          stage: stage, from: open.from, milliseconds: open.milliseconds, tally: open.content.encoded)
        due.append(Item(flag: index, resolution: open.resolution, window: window, sequence: 0))
      }
      let first = Resolution.minute.number(of: now) - FleetWindows.minutesKept
      let firstHour = Resolution.hour.number(of: now) - FleetWindows.hoursKept
      due += closed(flag, index, .minute, after: published[index].minutes, first: first)
      due += closed(flag, index, .hour, after: published[index].hours, first: firstHour)
    }
    return due
  }

  private func closed(
    _ flag: FlagWindows, _ index: Int, _ resolution: Resolution, after sequence: Int, first: Int
  ) -> [Item] {
    let ring = flag.ring(resolution == .hour ? .hour : .minute)
    return ring.all.filter { $0.sequence > sequence && resolution.number(of: $0.from) > first }
      .prefix(Self.limit).compactMap { closed in
        flag.table[closed.stage].map { stage in
          let window = PublishedWindow(
            stage: stage, from: closed.from, milliseconds: closed.milliseconds, tally: closed.bytes)
          return Item(flag: index, resolution: resolution, window: window, sequence: closed.sequence)
        }
      }
  }

  /// The store has accepted the window.
  mutating func confirm(_ item: Item) {
    if item.resolution == .hour {
      published[item.flag].hours = max(published[item.flag].hours, item.sequence)
    } else {
      published[item.flag].minutes = max(published[item.flag].minutes, item.sequence)
    }
  }
}
