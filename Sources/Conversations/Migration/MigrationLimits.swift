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
  /// Contexts per batch, for a fifth of a millisecond of Redis' time. With more, WATCH costs more: it looks for each key
  /// among all that the connection watches.
  static let batch = 16
  /// Bytes per script.
  static let writingBytes = 1 << 20
  /// Batches that were found and wait for a worker: what comes of a SCAN or two.
  static let queue = 256
  /// With fewer, Redis waits while they plan.
  static let workers = 4
  /// How often a context is read again that somebody writes at the same moment.
  static let attempts = 100
}
