package import Conversations
internal import Glibc
internal import Reactor
package import Redis

/// What the keys of contexts come to: how many of each kind, how long they have left, and a few of them by chance.
///
/// One walk with SCAN in the steps of `KeyCount`, and the TTLs of what each step gave in one round trip. Nothing is kept
/// of a key but counts and the samples, so that memory does not grow with their number.
package struct KeyCensus: Sendable {
  /// Upper ends of the buckets of a TTL, in seconds; behind them is "longer".
  package static let bounds = [60, 300, 900, 1_800, 3_600, 86_400, 7 * 86_400]

  package struct Layout: Sendable, Equatable {
    /// One for each bound, and one for what is longer.
    package var buckets = [Int](repeating: 0, count: bounds.count + 1)
    /// Keys that never expire.
    package var endless = 0
  }

  package private(set) var keys: [ContextKeyKind: Int] = [:]
  package private(set) var legacy = Layout()
  package private(set) var unified = Layout()
  /// The first keys that never expire, at most 10.
  package private(set) var endlessKeys: [[UInt8]] = []
  /// All keys that the walk saw, those of others included.
  package private(set) var seen = 0

  private var samples: [ContextKeyKind: Sample] = [:]
  private static let sampled = 100
  private static let named = 10

  /// Each key of a kind has the same chance to be in it.
  private struct Sample {
    var keys: [[UInt8]] = []
    var seen = 0

    mutating func offer(_ key: [UInt8]) {
      seen += 1
      if keys.count < KeyCensus.sampled {
        keys.append(key)
      } else if case let place = Int.random(in: 0..<seen), place < KeyCensus.sampled {
        keys[place] = key
      }
    }
  }

  /// A sample of the keys of that kind, in no order that matters.
  package func sample(_ kind: ContextKeyKind, _ count: Int) -> [[UInt8]] {
    Array((samples[kind]?.keys ?? []).shuffled().prefix(count))
  }

  /// - Parameters:
  ///   - rate: at most so many keys a second; nil: as fast as they come, a step at a time.
  ///   - seen: called after each step with how many keys were seen.
  package static func take(
    _ connection: inout RedisConnection, rate: Int?, _ limit: TimeLimit, seen: (Int) -> Void = { _ in }
  ) throws(CheckFault) -> KeyCensus {
    var census = KeyCensus()
    do throws(RedisError) {
      var count = KeyCount()
      let begin = MonotonicClock.now()
      while !count.isComplete {
        guard !limit.hasPassed else {
          throw .timedOut(
            place: "the walk over the keys", milliseconds: Int(clamping: limit.allowedNanoseconds / 1_000_000))
        }
        let reply = try connection.command(count.command)
        guard count.take(reply) else {
          throw .protocolError(place: connection.place, reason: "it answers SCAN with something else")
        }
        try census.add(reply.elements?[1].elements?.compactMap(\.value) ?? [], &connection)
        seen(census.seen)
        if let rate { rest(after: census.seen, rate: rate, since: begin) }
      }
    } catch { throw CheckFault(error, or: "Give the user SCAN and PTTL on these keys.") }
    return census
  }

  private static func rest(after count: Int, rate: Int, since begin: UInt64) {
    let due = begin &+ UInt64(Double(count) / Double(max(1, rate)) * 1e9)
    let now = MonotonicClock.now()
    if due > now { usleep(UInt32(clamping: (due - now) / 1_000)) }
  }

  private mutating func add(_ found: [[UInt8]], _ connection: inout RedisConnection) throws(RedisError) {
    seen += found.count
    let ours = found.compactMap { key in ContextKeyKind(key: key).map { (key, $0) } }
    guard !ours.isEmpty else { return }
    let replies = try connection.pipeline(ours.map { ["PTTL", RedisWord($0.0)] })
    for ((key, kind), reply) in zip(ours, replies) {
      if let text = reply.failure { throw .refused(text) }
      // -2: gone since the walk saw it.
      guard let left = reply.integer, left != -2 else { continue }
      add(key, kind, milliseconds: left)
    }
  }

  /// - Parameter milliseconds: what it has left; -1: it never expires.
  mutating func add(_ key: [UInt8], _ kind: ContextKeyKind, milliseconds: Int) {
    keys[kind, default: 0] += 1
    samples[kind, default: Sample()].offer(key)
    if milliseconds < 0, endlessKeys.count < Self.named { endlessKeys.append(key) }
    if kind.isLegacy { legacy.add(milliseconds) } else { unified.add(milliseconds) }
  }

  /// Bytes of a key of each kind on the average, by a sample of at most 100; kinds without keys are missing.
  package func bytesPerKey(_ connection: inout RedisConnection) throws(CheckFault) -> [ContextKeyKind: Int] {
    var bytes: [ContextKeyKind: Int] = [:]
    for (kind, sample) in samples {
      let replies: [RedisReply]
      do throws(RedisError) {
        replies = try connection.pipeline(sample.keys.map { ["MEMORY", "USAGE", RedisWord($0)] })
      } catch { throw CheckFault(error) }
      if let text = replies.lazy.compactMap(\.failure).first {
        throw CheckFault(RedisError.refused(text), or: "Give the user MEMORY USAGE on these keys.")
      }
      let sizes = replies.compactMap(\.integer)
      if !sizes.isEmpty { bytes[kind] = sizes.reduce(0, +) / sizes.count }
    }
    return bytes
  }
}

extension KeyCensus.Layout {
  mutating func add(_ milliseconds: Int) {
    guard milliseconds >= 0 else {
      endless += 1
      return
    }
    let place = KeyCensus.bounds.firstIndex { milliseconds <= $0 * 1_000 } ?? KeyCensus.bounds.count
    buckets[place] += 1
  }
}

extension ContextKeyKind {
  package var isLegacy: Bool { self == .legacyCustomer || self == .legacyAdmin }
}
