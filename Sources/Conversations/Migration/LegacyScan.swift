internal import Redis

/// Goes through the legacy keys of a role with SCAN, so that nobody waits: a key that is there all the time is found,
/// perhaps twice.
struct LegacyScan {
  let role: ContextRole
  private var cursor: [UInt8] = [UInt8(ascii: "0")]
  private(set) var isAtEnd = false
  /// Of all keys of the database, 0 to 1. The cursor counts its bits from the highest on
  /// (https://redis.io/docs/latest/commands/scan/), so that backwards it is the place in the table, however large.
  private(set) var share = 0.0

  /// How many keys of the database Redis looks at for one answer: about a tenth of a millisecond of its time.
  private static let step: RedisWord = 1_000

  init(_ role: ContextRole) { self.role = role }

  /// Some keys, perhaps none.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    let reply = try connection.command(
      "SCAN", RedisWord(cursor), "MATCH", RedisWord(role.legacyPrefix + "*"), "COUNT", Self.step,
      timeoutNanoseconds: MigrationLimits.timeout)
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

enum MigrationLimits {
  /// Ten seconds: a server that saves to a slow disk meanwhile answers late.
  static let timeout: UInt64 = 10_000_000_000
  /// Of a legacy value, in bytes.
  static let value = 1 << 20
  /// Of one answer with values: as many are read at once, the last of them whole.
  static let answer = 4 << 20
  /// What a connection of the migration takes: an answer with values, or a thousand keys of 64 KiB.
  static let reply = 64 << 20
  /// Contexts per question.
  static let reading = 256
  /// Contexts and bytes per script, which others wait for: about half a millisecond.
  static let writing = 64
  static let writingBytes = 1 << 20
  /// Batches that were read and wait to be written.
  static let queue = 4
  /// How often a context is read again that somebody writes at the same moment.
  static let attempts = 100
}
