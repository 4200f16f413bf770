internal import Glibc
internal import Reactor
internal import Redis

/// Iterates over the keys of a server with SCAN, which does not block it as KEYS does.
///
/// A key that exists from the first step to the last is returned at least once; while the server resizes its table, a key
/// may be returned twice.
struct KeyScan {
  private let pattern: RedisWord
  private var cursor: RedisWord = "0"
  private(set) var isAtEnd = false
  /// The scanned share of the database, 0 ... 1. The cursor counts from its highest bit
  /// (https://redis.io/docs/latest/commands/scan/), so its reversed bits are the position in a table of any size.
  private(set) var share = 0.0

  /// Keys per step: about 0.1 ms of Redis' time.
  private static let step: RedisWord = 1_000

  /// - Parameter pattern: a Redis pattern, in which `*` stands for any bytes.
  init(_ pattern: String) { self.pattern = RedisWord(pattern) }

  /// The pointers to the current conversations.
  static func current(_ role: ContextRole) -> KeyScan { KeyScan(role.unifiedPrefix + "*:current") }

  /// The next keys, possibly none.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    let reply = try connection.command(
      "SCAN", cursor, "MATCH", pattern, "COUNT", Self.step, timeoutNanoseconds: MigrationLimits.timeout)
    guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements,
      let number = UInt64(String(decoding: next, as: UTF8.self))
    else { throw .protocolError(place: connection.place, reason: "invalid reply to SCAN") }
    cursor = RedisWord(next)
    isAtEnd = number == 0
    share = isAtEnd ? 1 : max(share, Self.reversed(number))
    return keys.compactMap(\.value)
  }

  private static func reversed(_ cursor: UInt64) -> Double {
    var (rest, result) = (cursor, UInt64(0))
    for _ in 0..<64 {
      result = result << 1 | rest & 1
      rest >>= 1
    }
    return Double(result) / 18_446_744_073_709_551_616
  }
}

/// Limits the rate of work by sleeping while the work is ahead of the limit.
package struct RateLimiter: Sendable {
  private let perSecond: Int
  private let start = MonotonicClock.now()
  private var done = 0

  /// Nil or 0: unlimited.
  package init(perSecond: Int?) { self.perSecond = max(perSecond ?? 0, 0) }

  /// The size of a batch, so that the work of a second is not one burst.
  package func batch(of most: Int) -> Int { perSecond == 0 ? most : min(most, max(perSecond / 10, 1)) }

  /// Call it after `count` items.
  package mutating func record(_ count: Int) {
    guard perSecond > 0 else { return }
    done += count
    let due = start &+ UInt64(done) * 1_000_000_000 / UInt64(perSecond)
    while case let now = MonotonicClock.now(), now < due {
      var time = timespec(tv_sec: Int((due - now) / 1_000_000_000), tv_nsec: Int((due - now) % 1_000_000_000))
      unsafe nanosleep(&time, nil)
    }
  }
}
