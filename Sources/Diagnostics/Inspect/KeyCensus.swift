package import Conversations
package import Reactor
package import Redis

/// Statistics of the keys of contexts: how many of each kind, their TTLs, and a random sample.
///
/// One scan in the steps of `KeyCount`, with the TTLs of each step in one more round trip. It keeps only counts and
/// samples, so memory does not grow with the number of keys.
package struct KeyCensus: Sendable {
  /// Upper ends of the TTL buckets in seconds; one more bucket is for longer TTLs.
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
  package private(set) var activity: ContextActivity?
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
      } else if case let index = Int.random(in: 0..<seen), index < KeyCensus.sampled {
        keys[index] = key
      }
    }
  }

  /// A random sample of the keys of that kind.
  package func sample(_ kind: ContextKeyKind, _ count: Int) -> [[UInt8]] {
    Array((samples[kind]?.keys ?? []).shuffled().prefix(count))
  }

  /// - Parameters:
  ///   - rate: keys per second; nil: unlimited.
  ///   - seen: called after each step with the number of keys seen so far.
  package static func scan(
    _ kinds: KeyKinds, _ connection: inout RedisConnection, rate: Int?, _ deadline: Deadline,
    seen: (Int) -> Void = { _ in }
  ) throws(CheckError) -> KeyCensus {
    var census = KeyCensus()
    var count = KeyCount(kinds)
    var limiter = RateLimiter(perSecond: rate)
    while !count.isComplete {
      guard !deadline.hasPassed else {
        throw CheckError("the scan of the keys did not finish in time", advice: "Allow more time with --timeout.")
      }
      do throws(RedisError) {
        let reply = try connection.command(count.command)
        guard count.take(reply) else {
          throw .protocolError(place: connection.place, reason: "invalid reply to SCAN")
        }
        let keys = reply.elements?[1].elements?.compactMap(\.value) ?? []
        try census.add(keys, kinds, &connection)
        limiter.record(keys.count)
      } catch { throw CheckError(error, or: "Allow the user SCAN and PTTL on these keys.") }
      seen(census.seen)
    }
    do throws(RedisError) {
      census.activity = try ContextActivity.read(count, at: WallClock.seconds(), &connection)
    } catch {
      // The values are optional.
      guard case .refused = error else { throw CheckError(error) }
    }
    return census
  }

  private mutating func add(_ found: [[UInt8]], _ kinds: KeyKinds, _ connection: inout RedisConnection)
    throws(RedisError)
  {
    seen += found.count
    let ours = found.compactMap { key in kinds.find(key).map { (key, $0.kind) } }
    guard !ours.isEmpty else { return }
    let replies = try connection.pipeline(ours.map { ["PTTL", RedisWord($0.0)] })
    for ((key, kind), reply) in zip(ours, replies) {
      if let text = reply.failure { throw .refused(text) }
      // -2: removed since the scan returned it.
      guard let left = reply.integer, left != -2 else { continue }
      add(key, kind, milliseconds: left)
    }
  }

  /// - Parameter milliseconds: the TTL; -1: it never expires.
  mutating func add(_ key: [UInt8], _ kind: ContextKeyKind, milliseconds: Int) {
    keys[kind, default: 0] += 1
    samples[kind, default: Sample()].offer(key)
    if milliseconds < 0, endlessKeys.count < Self.named { endlessKeys.append(key) }
    if kind.isLegacy { legacy.add(milliseconds) } else { unified.add(milliseconds) }
  }

  /// The mean size in bytes per kind, from a sample of at most 100 keys; kinds without keys are missing.
  package func bytesPerKey(_ connection: inout RedisConnection) throws(CheckError) -> [ContextKeyKind: Int] {
    var bytes: [ContextKeyKind: Int] = [:]
    for (kind, sample) in samples {
      let replies: [RedisReply]
      do throws(RedisError) {
        replies = try connection.pipeline(sample.keys.map { ["MEMORY", "USAGE", RedisWord($0)] })
      } catch { throw CheckError(error) }
      if let text = replies.lazy.compactMap(\.failure).first {
        throw CheckError(RedisError.refused(text), or: "Allow the user MEMORY USAGE on these keys.")
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
    let index = KeyCensus.bounds.firstIndex { milliseconds <= $0 * 1_000 } ?? KeyCensus.bounds.count
    buckets[index] += 1
  }
}

extension ContextKeyKind {
  package var isLegacy: Bool { self == .legacyCustomer || self == .legacyAdmin }
}
