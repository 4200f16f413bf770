internal import Glibc
internal import Reactor
internal import Redis
internal import Synchronization

/// A thread that migrates batch after batch, with a connection of its own.
final class MigrationWorker: Sendable {
  private let thread: WorkerThread
  private let failure = Failure()

  private final class Failure: Sendable {
    let value = Mutex<MigrationError?>(nil)
  }

  init(
    _ migration: Migration, _ queue: BoundedQueue<KeyBatch>, _ progress: MigrationProgress,
    isCancelled: @escaping @Sendable () -> Bool, onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(SystemError) {
    thread = try WorkerThread(name: "migrate") { [failure] in
      do throws(MigrationError) {
        var connection = try migration.place.connectForRun("turnout-migrate")
        var limiter = RateLimiter(perSecond: migration.rate)
        var isFresh = true
        while let batch = queue.take() {
          let reading = LegacyReading(
            migration: migration, role: batch.role, progress: progress, onUnreadable: onUnreadable)
          var rest = batch.keys[...]
          while !rest.isEmpty, !isCancelled() {
            let keys = Array(rest.prefix(limiter.batch(of: .max)))
            rest = rest.dropFirst(keys.count)
            let before = progress.tally
            try Self.migrate(keys, reading, migration.times(batch.role), isFresh: &isFresh, &connection)
            limiter.record(progress.tally.written - before.written)
          }
        }
      } catch {
        failure.value.withLock { $0 = error }
        queue.abandon()
      }
    }
  }

  /// Returns when all is done, or as far as it came.
  func join() -> MigrationError? {
    thread.join()
    return failure.value.withLock { $0 }
  }

  private static func migrate(
    _ keys: [[UInt8]], _ reading: LegacyReading, _ times: MigratedTTL, isFresh: inout Bool,
    _ connection: inout RedisConnection
  ) throws(MigrationError) {
    var waiting = try OptimisticBatch(reading, times).migrate(keys, isFresh: &isFresh, &connection)
    let writing = ScriptedWrite(times, reading)
    var attempt = 0
    while !waiting.isEmpty {
      let (items, later) = try reading.plan(waiting, &connection)
      let changed = try writing.write(items[...], &connection).map(\.key)
      waiting = later + changed
      if later.isEmpty { attempt += 1 }
      if attempt == MigrationLimits.attempts {
        for key in waiting { reading.leave(key, "modified during every attempt; run it again") }
        return
      }
    }
  }
}
