internal import Redis

/// Goes through the legacy keys of a role.
struct LegacyScan {
  let role: ContextRole
  private var keys: KeyScan

  init(_ role: ContextRole) {
    self.role = role
    keys = KeyScan(role.legacyPrefix + "*")
  }

  var isAtEnd: Bool { keys.isAtEnd }
  var share: Double { keys.share }

  /// Some keys, perhaps none.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    try keys.next(&connection)
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
