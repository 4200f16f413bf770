internal import Glibc
internal import Reactor
internal import Redis
internal import Synchronization

/// A thread that migrates batch after batch, with a connection of its own.
final class MigrationWorker: Sendable {
  private let thread: WorkerThread
  private let failure = Failure()

  private final class Failure: Sendable {
    let value = Mutex<MigrationFailure?>(nil)
  }

  init(
    _ migration: Migration, _ queue: BoundedQueue<KeyBatch>, _ progress: MigrationProgress,
    isCancelled: @escaping @Sendable () -> Bool, onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(SystemError) {
    thread = try WorkerThread(name: "migrate") { [failure] in
      do throws(MigrationFailure) {
        var connection = try migration.connect("turnout-migrate")
        var pace = WritingPace(perSecond: migration.rate)
        var isFresh = true
        while let batch = queue.take() {
          let reading = LegacyReading(
            migration: migration, role: batch.role, progress: progress, onUnreadable: onUnreadable)
          var rest = batch.keys[...]
          while !rest.isEmpty, !isCancelled() {
            let keys = Array(rest.prefix(pace.most))
            rest = rest.dropFirst(keys.count)
            let before = progress.tally
            try Self.migrate(keys, reading, migration.times(batch.role), isFresh: &isFresh, &connection)
            pace.wait(after: progress.tally.written - before.written)
          }
        }
      } catch {
        failure.value.withLock { $0 = error }
        queue.abandon()
      }
    }
  }

  /// Returns when all is done, or as far as it came.
  func join() -> MigrationFailure? {
    thread.join()
    return failure.value.withLock { $0 }
  }

  private static func migrate(
    _ keys: [[UInt8]], _ reading: LegacyReading, _ times: KeptTimes, isFresh: inout Bool,
    _ connection: inout RedisConnection
  ) throws(MigrationFailure) {
    var waiting = try FastWay(reading, times).migrate(keys, isFresh: &isFresh, &connection)
    let writing = ComparedWriting(times, reading)
    var attempt = 0
    while !waiting.isEmpty {
      let (items, later) = try reading.plan(waiting, &connection)
      let changed = try writing.write(items[...], &connection).map(\.key)
      waiting = later + changed
      if later.isEmpty { attempt += 1 }
      if attempt == MigrationLimits.attempts {
        for key in waiting { reading.leave(key, "somebody writes it again and again; run once more") }
        return
      }
    }
  }
}

/// At most so many a second, a tenth of a second's worth at a time.
private struct WritingPace {
  private let perSecond: Int?
  private let start = MonotonicClock.now()
  private var done = 0

  init(perSecond: Int?) { self.perSecond = perSecond }

  var most: Int { perSecond.map { max(1, $0 / 10) } ?? .max }

  mutating func wait(after count: Int) {
    guard let perSecond else { return }
    done += count
    let due = start &+ UInt64(Double(done) / Double(perSecond) * 1e9)
    let now = MonotonicClock.now()
    if due > now { usleep(UInt32(clamping: (due - now) / 1_000)) }
  }
}
