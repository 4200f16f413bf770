enum MigrationLimits {
  /// For one command, in nanoseconds: a server that saves to a slow disk replies late.
  static let timeout: UInt64 = 10_000_000_000
  /// Bytes of a legacy value.
  static let value = 1 << 20
  /// Bytes of a legacy value for `OptimisticBatch`.
  static let fastValue = 16 << 10
  /// Bytes of values per reply; the last value is complete.
  static let answer = 4 << 20
  /// The reply limit of a connection: a reply with values, or a thousand keys of 64 KiB.
  static let reply = 64 << 20
  /// Contexts per batch: 0.2 ms of Redis' time. Larger batches make WATCH slower, which searches all watched keys for each.
  static let batch = 16
  /// Bytes per script.
  static let writingBytes = 1 << 20
  /// Batches that wait for a worker: those of one or two SCAN steps.
  static let queue = 256
  /// Threads. With fewer, Redis idles while they plan.
  static let workers = 4
  /// How often a context is read again when other clients keep writing it.
  static let attempts = 100
}
