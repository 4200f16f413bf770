internal import Redis

/// Goes through the legacy keys with SCAN, so that nobody waits: a key that is there all the time is found, perhaps twice.
struct LegacyScan {
  private let pattern: RedisWord
  private var cursor: [UInt8] = [UInt8(ascii: "0")]
  private(set) var isAtEnd = false
  /// Of all keys of the database, 0 to 1. The cursor counts its bits from the highest on
  /// (https://redis.io/docs/latest/commands/scan/), so that backwards it is the place in the table, however large.
  private(set) var share = 0.0

  /// How many keys of the database Redis looks at for one answer: less than a millisecond of its time.
  private static let step: RedisWord = 1_000

  init(_ roles: [ContextRole]) { pattern = RedisWord(Self.pattern(roles)) }

  /// Matches the keys of all these roles, and few others: `[ca][hd][am]...:*`. One way through the keys costs half of two.
  static func pattern(_ roles: [ContextRole]) -> String {
    let prefixes = roles.map { Array($0.legacyPrefix) }
    let length = prefixes.map(\.count).min() ?? 0
    let marks = (0..<length).map { place in
      let letters = prefixes.map { String($0[place]) }
      return letters.allSatisfy { $0 == letters[0] } ? letters[0] : "[\(letters.joined())]"
    }
    return marks.joined() + "*"
  }

  /// Some keys, perhaps none, and perhaps some of others.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    let reply = try connection.command(
      "SCAN", RedisWord(cursor), "MATCH", pattern, "COUNT", Self.step, timeoutNanoseconds: MigrationLimits.timeout)
    guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements,
      let number = UInt64(String(decoding: next, as: UTF8.self))
    else { throw .protocolFault(place: connection.place, reason: "no answer to SCAN") }
    cursor = next
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
