internal import Glibc
internal import Reactor
internal import Redis
internal import Synchronization

/// The thread that writes what was planned, in the order in which it was.
final class WritingThread: Sendable {
  private struct State {
    var changed: [MigrationItem] = []
    var failure: MigrationFailure?
  }

  private let migration: Migration
  private let role: ContextRole
  private let progress: MigrationProgress
  private let isCancelled: @Sendable () -> Bool
  private let onUnreadable: @Sendable (UnreadableContext) -> Void
  private let queue: BoundedQueue<[MigrationItem]>
  private let state = Mutex(State())
  private let thread = Mutex<WorkerThread?>(nil)

  init(
    _ migration: Migration, _ role: ContextRole, _ progress: MigrationProgress,
    isCancelled: @escaping @Sendable () -> Bool, onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(SystemError) {
    self.migration = migration
    self.role = role
    self.progress = progress
    self.isCancelled = isCancelled
    self.onUnreadable = onUnreadable
    queue = try BoundedQueue(limit: MigrationLimits.queue)
    let started = try WorkerThread(name: "migrate-write") { [self] in serve() }
    thread.withLock { $0 = started }
  }

  /// False when it has failed; `finish` says how.
  func add(_ items: [MigrationItem]) -> Bool { queue.add(items) }
  func waitUntilIdle() -> Bool { queue.waitUntilIdle() }

  /// Those whose legacy value was another when they came to be written.
  func takeChanged() -> [MigrationItem] {
    state.withLock { state in
      defer { state.changed = [] }
      return state.changed
    }
  }

  /// Waits until all is written.
  func finish() throws(MigrationFailure) {
    queue.finish()
    thread.withLock { $0 }?.join()
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func serve() {
    do throws(MigrationFailure) {
      var writing = MigrationWriting(
        migration, role, progress, onUnreadable, try migration.connect("turnout-migrate-write"))
      var pace = WritingPace(perSecond: migration.rate)
      while let items = queue.take() {
        var rest = items[...]
        while !rest.isEmpty, !isCancelled() {
          let batch = rest.prefix(pace.most)
          rest = rest.dropFirst(batch.count)
          let changed = try writing.write(batch)
          state.withLock { $0.changed += changed }
          pace.wait(after: batch.count)
        }
      }
    } catch {
      state.withLock { $0.failure = error }
    }
    queue.abandon()
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
