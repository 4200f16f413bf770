internal import Redis

/// Goes through the keys of a server by SCAN, which never holds it up as KEYS does: a million keys are as many steps as
/// they have `step`s.
///
/// A key that is there from the first step to the last comes at least once; while the server grows or shrinks its table
/// it may come twice.
struct KeyScan {
  private let pattern: RedisWord
  private var cursor: RedisWord = "0"
  private(set) var isAtEnd = false
  /// Of all keys of the database, 0 to 1. The cursor counts its bits from the highest on
  /// (https://redis.io/docs/latest/commands/scan/), so that backwards it is the place in the table, however large.
  private(set) var share = 0.0

  /// How many keys of the database Redis looks at for one answer: about a tenth of a millisecond of its time.
  private static let step: RedisWord = 1_000

  /// - Parameter pattern: with `*` for any bytes.
  init(_ pattern: String) { self.pattern = RedisWord(pattern) }

  /// The keys that say which conversation is the current one.
  static func current(_ role: ContextRole) -> KeyScan { KeyScan(role.unifiedPrefix + "*:current") }

  /// Some keys, perhaps none.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    let reply = try connection.command(
      "SCAN", cursor, "MATCH", pattern, "COUNT", Self.step, timeoutNanoseconds: MigrationLimits.timeout)
    guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements,
      let number = UInt64(String(decoding: next, as: UTF8.self))
    else { throw .protocolError(place: connection.place, reason: "no answer to SCAN") }
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
