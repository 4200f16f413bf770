enum MigrationLimits {
  /// Ten seconds: a server that saves to a slow disk meanwhile answers late.
  static let timeout: UInt64 = 10_000_000_000
  /// Of a legacy value, in bytes.
  static let value = 1 << 20
  /// Of one that goes the fast way, in bytes.
  static let fastValue = 16 << 10
  /// Of one answer with values: as many are read at once, the last of them whole.
  static let answer = 4 << 20
  /// What a connection of the migration takes: an answer with values, or a thousand keys of 64 KiB.
  static let reply = 64 << 20
  /// Contexts per batch, which others wait for: about half a millisecond.
  static let batch = 16
  /// Bytes per script.
  static let writingBytes = 1 << 20
  /// Batches that were found and wait for a worker.
  static let queue = 256
  /// With one, Redis would wait while it plans.
  static let workers = 4
  /// How often a context is read again that somebody writes at the same moment.
  static let attempts = 100
}
