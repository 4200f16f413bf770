import FlagStore
import Glibc
internal import Reactor
import Statistics
import Synchronization

/// Reads the counters each second and at each change of the flags, on a thread of its own.
///
///     each second -- read --> differences to the last reading --> open windows
///     a change    -- read --> the same, then the windows of the flags whose split changed are cut
///
/// A change wakes the thread, so the reading comes some 50 microseconds after the publication, and nobody who publishes
/// waits for it. A request that was decided before the cut and ends after it counts where it ends, in the cohort that was
/// decided.
final class WindowRecorder: Sendable {
  private let books: Books
  private let sources: WindowSources
  private let wakeup: Wakeup
  private let inbox = Mutex<Inbox>(Inbox())
  private let thread = Mutex<WorkerThread?>(nil)
  /// The references in force, by flag.
  private let judged = Mutex<[Int: LatencyThresholds]>([:])

  private struct Inbox {
    var changes: [FlagSourceStatus] = []
    var isEnding = false
  }

  /// Changes that wait for the thread; a further one takes the place of the last.
  private static let inboxLimit = 256

  init(_ books: Books, _ sources: WindowSources) throws(SystemError) {
    self.books = books
    self.sources = sources
    wakeup = try Wakeup()
  }

  func start() throws(SystemError) {
    let thread = try WorkerThread(name: "windows") { [self] in run() }
    self.thread.withLock { $0 = thread }
  }

  /// What is counted until now is in the windows when this returns.
  func stop() {
    inbox.withLock { $0.isEnding = true }
    wakeup.wake()
    thread.withLock { $0 }?.join()
    let now = ClockReading.now().wall
    books.with { content in
      for index in content.own.flags.indices { content.own.flags[index].closeSecond(at: now) }
    }
  }

  /// By what requests of that flag are judged now; nil before there is enough of legacy.
  func reference(flag: Int) -> LatencyThresholds? { judged.withLock { $0[flag] } }

  func publish(_ status: FlagSourceStatus) {
    inbox.withLock { inbox in
      if inbox.changes.count == Self.inboxLimit { inbox.changes.removeLast() }
      inbox.changes.append(status)
    }
    wakeup.wake()
  }

  private func run() {
    Background.begin()
    var isEnding = false
    while !isEnding {
      wait()
      isEnding = inbox.withLock { $0.isEnding }
      turn(at: .now())
    }
  }

  /// Until the next whole second of the wall clock, or a change.
  private func wait() {
    var entry = pollfd(fd: wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
    let now = ClockReading.now().wall
    if unsafe poll(&entry, 1, Int32(1_000 - now % 1_000)) > 0 { wakeup.clear() }
  }

  /// One reading, and the changes before it.
  func turn(at now: ClockReading) {
    let changes = inbox.withLock { inbox in
      defer { inbox.changes = [] }
      return inbox.changes
    }
    let hasMinuteEnded = books.with { $0.own.isMinuteOver(at: now) }
    var readings = sources.read()
    // A new sample begins with a window, and nobody who was seen until now is missing in this one.
    if hasMinuteEnded || !changes.isEmpty {
      for (index, users) in sources.renewUsers().prefix(readings.count).enumerated() { readings[index].users = users }
    }
    let counted = readings
    books.with { content in
      content.own.take(counted, at: now)
      for change in changes { content.own.publish(change, at: now) }
    }
    renewReferences(at: now, all: hasMinuteEnded)
  }

  /// Of all flags, or of those that have none yet: a rollout that has just begun does not wait for the end of a minute.
  func renewReferences(at now: ClockReading, all: Bool = true) {
    let flags = books.with { $0.own.flags }
    judged.withLock { judged in
      for (index, flag) in flags.enumerated() where all || judged[index] == nil {
        guard let reference = LatencyThresholds(flag, now: now.wall) else { continue }
        judged[index] = reference
        sources.setReference(index, reference)
      }
    }
  }
}
