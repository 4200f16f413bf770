import Glibc
internal import Logging
internal import Reactor
import Synchronization

/// Writes windows to disk every 5 seconds, on a thread of its own: a slow disk holds up nothing. A process that is killed
/// loses what was counted since, at most 6 seconds. (A machine that crashes loses what the kernel had not written either.)
///
/// When something cannot be written it is said once, counted, and tried again: then all is written anew.
final class WindowKeeper: Sendable {
  static let interval: UInt64 = 5_000_000_000
  /// All is written anew when the journal is as large as the snapshot, but not for less than this, and once an hour.
  private static let leastJournalBytes = 4 << 20
  private static let snapshotInterval: UInt64 = 3_600_000_000_000

  private let books: Books
  private let logger: Logger
  private let wakeup: Wakeup
  private let ending = Atomic<Bool>(false)
  private let thread = Mutex<WorkerThread?>(nil)
  private let state: Mutex<State>
  private let errors = Atomic<UInt64>(0)

  private struct State: ~Copyable {
    var files: WindowFiles
    var isFailing = false
    var snapshotAt: UInt64 = 0
  }

  init(_ files: consuming WindowFiles, _ books: Books, logger: Logger) throws(SystemError) {
    self.books = books
    self.logger = logger
    wakeup = try Wakeup()
    state = Mutex(State(files: files))
  }

  /// Writes that failed.
  var errorCount: UInt64 { errors.load(ordering: .relaxed) }

  func start() throws(SystemError) {
    let thread = try WorkerThread(name: "windows-disk") { [self] in
      Background.begin()
      while !ending.load(ordering: .acquiring) {
        keep()
        wait()
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Writes what is still to be written.
  func stop() {
    ending.store(true, ordering: .releasing)
    wakeup.wake()
    thread.withLock { $0 }?.join()
    keep()
  }

  private func wait() {
    var entry = pollfd(fd: wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
    unsafe poll(&entry, 1, Int32(Self.interval / 1_000_000))
  }

  /// One write.
  func keep(now: UInt64 = MonotonicClock.now()) {
    state.withLock { state in
      do throws(WindowFiles.Fault) {
        try write(&state, now)
        if state.isFailing { logger.notice("windows are kept on disk again") }
        state.isFailing = false
      } catch {
        errors.wrappingAdd(1, ordering: .relaxed)
        if !state.isFailing { logger.error("\(error); windows since then do not outlive a restart") }
        state.isFailing = true
      }
    }
  }

  private func write(_ state: inout State, _ now: UInt64) throws(WindowFiles.Fault) {
    let isLarge = state.files.journalBytes > max(Self.leastJournalBytes, state.files.snapshotBytes)
    let isOld = now &- state.snapshotAt >= Self.snapshotInterval
    if state.snapshotAt != 0, !isLarge, !isOld {
      let isFirst = state.files.journalBytes == RecordFile.headBytes
      let (records, isOverflown) = books.with { $0.own.takeUnsaved(namesFlags: isFirst) }
      if !isOverflown, try state.files.append(records) { return }
    }
    let book = books.with { content in
      _ = content.own.takeUnsaved(namesFlags: false)
      return content.own
    }
    // Until it succeeds nothing else is tried: the journal belongs to the snapshot before.
    state.snapshotAt = 0
    try state.files.replace(with: book.records)
    state.snapshotAt = max(now, 1)
  }
}
