internal import Logging
internal import Reactor
internal import Synchronization

/// Saves windows to disk every 5 seconds, on its own thread: a slow disk delays nothing else. A killed process loses at
/// most 6 seconds. (A machine that crashes also loses what its kernel had not written.)
///
/// A write error is logged once and counted. The next attempt writes everything anew.
final class WindowSaver: Sendable {
  private static let interval = Duration.seconds(5)
  /// A new snapshot is due when the journal is as large as the last one and this large, and once an hour.
  private static let leastJournalBytes = 4 << 20
  private static let snapshotInterval = Duration.seconds(3_600)

  private let windows: LockedWindows
  private let logger: Logger
  private let loop = Mutex<BackgroundLoop?>(nil)
  private let state: Mutex<State>
  private let errors = Atomic<UInt64>(0)

  private struct State: ~Copyable {
    var files: WindowFiles
    var isFailing = false
    /// `nil` means a snapshot is due.
    var nextSnapshot: Deadline?
  }

  init(_ files: consuming WindowFiles, _ windows: LockedWindows, logger: Logger) {
    self.windows = windows
    self.logger = logger
    state = Mutex(State(files: files))
  }

  var errorCount: UInt64 { errors.load(ordering: .relaxed) }

  func start() throws(SystemError) {
    let loop = try BackgroundLoop(name: "windows-disk", priority: .background) { [self] in
      save()
      return Deadline(after: Self.interval)
    }
    self.loop.withLock { $0 = loop }
  }

  /// Saves what is left.
  func stop() {
    let loop = loop.withLock { $0.take() }
    loop?.stop()
    loop?.join()
    save()
  }

  func save(now: UInt64 = MonotonicClock.now()) {
    state.withLock { state in
      do throws(WindowFilesError) {
        try write(&state, now)
        if state.isFailing { logger.notice("windows are saved on disk again") }
        state.isFailing = false
      } catch {
        errors.wrappingAdd(1, ordering: .relaxed)
        if !state.isFailing { logger.error("\(error); until the next success, a restart loses the windows since then") }
        state.isFailing = true
      }
    }
  }

  private func write(_ state: inout State, _ now: UInt64) throws(WindowFilesError) {
    let isLarge = state.files.journalBytes > max(Self.leastJournalBytes, state.files.snapshotBytes)
    if let deadline = state.nextSnapshot, now < deadline.nanoseconds, !isLarge {
      let isFirst = state.files.journalBytes == RecordFile.headBytes
      let (records, isOverflown) = windows.with { $0.local.takeUnsaved(namesFlags: isFirst) }
      if !isOverflown, try state.files.append(records) { return }
    }
    let local = windows.with { content in
      _ = content.local.takeUnsaved(namesFlags: false)
      return content.local
    }
    // The journal belongs to the last snapshot, so nothing is appended until this one succeeds.
    state.nextSnapshot = nil
    try state.files.replace(with: local.records)
    state.nextSnapshot = Deadline(after: Self.snapshotInterval, from: now)
  }
}
