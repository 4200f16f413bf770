internal import Flags
import Glibc
package import Logging
internal import Reactor
import Synchronization

/// Keeps the flags in force equal to the file.
///
/// A thread of its own waits for inotify events about the file, and also reads it once a second. Editors remove, truncate
/// and rename, so an error counts only if it is still there after 100 ms.
///
///     event or second -> read: same flags   nothing
///                              new flags    publish; record an editor's change in the audit trail
///                              error        read again in 100 ms -> still an error: log and show it
package final class FlagWatcher: FlagWatching {
  let file: FlagFile
  let flags: FlagsInForce
  let logger: Logger
  private let thread = Mutex<WatchThread?>(nil)
  private let audited = Mutex<[Flag]>([])

  package init(_ file: FlagFile, into flags: FlagsInForce, logger: Logger) {
    self.file = file
    self.flags = flags
    self.logger = logger
  }

  package func begin() throws(FlagStoreError) {
    try flags.begin { _ throws(FlagStoreError) in try load() }
  }

  /// A file has no register of proxies.
  package func start(as member: @escaping @Sendable () -> FleetMember) { start() }

  /// A second call does nothing.
  func start() {
    thread.withLock { thread in
      guard thread == nil else { return }
      do throws(SystemError) {
        thread = try WatchThread { wake in FileWatchLoop(self, wake: wake).run() }
      } catch {
        logger.critical("cannot watch \(file.path): \(error); changes will not be seen")
      }
    }
  }

  package func stop() { thread.withLock { $0.take() }?.stop() }

  // MARK: Reading

  /// Reads the file and publishes what is new. Returns an error for the caller to read again.
  func look() -> FlagStoreError? {
    do throws(FlagStoreError) {
      flags.accept(try load())
      return nil
    } catch {
      return error
    }
  }

  private func load() throws(FlagStoreError) -> StoredFlags {
    StoredFlags(flags: try file.read().flags(named: flags.names, file: file.path))
  }

  /// Records changes that no writer recorded, after they are in force. While a writer holds the lock, this waits for a
  /// later call.
  func audit() {
    let stored = flags.stored
    guard audited.withLock({ $0 != stored }) else { return }
    do throws(FlagStoreError) { try file.auditFound(stored) } catch {
      if case .locked = error { return }
      logger.warning("the audit trail is not complete: \(error)")
    }
    audited.withLock { $0 = stored }
  }
}

/// The watcher's thread: wait, read, wait.
struct FileWatchLoop: ~Copyable {
  /// Between two reads without an event, for changes that inotify does not report (a renamed folder above, NFS).
  static let pollInterval = Duration.seconds(1)
  /// Until an error counts: longer than an editor takes between its steps.
  static let grace = Duration.milliseconds(100)

  private let watcher: FlagWatcher
  /// Becomes readable when the thread is to end.
  private let wake: Int32
  private var inotify = Inotify()
  private var watched: WatchedPath
  private var lastIdentity: FileIdentity?
  /// When an error that was seen, but not reported yet, counts.
  private var errorDeadline: Deadline?
  private var hasWarned = false
  private var nextLook = Deadline(nanoseconds: 0)

  init(_ watcher: FlagWatcher, wake: Int32) {
    self.watcher = watcher
    self.wake = wake
    watched = WatchedPath(watcher.file.path)
  }

  consuming func run() {
    look(isForced: true)
    watcher.audit()
    while !waitIsEnd() {
      let isTouched = inotify.drain(for: watched.names)
      if isTouched || nextLook.hasPassed { look(isForced: isTouched || errorDeadline != nil) }
      watcher.audit()
      watcher.flags.tick()
    }
  }

  /// Waits for an event or the next read; true when the thread is to end.
  private func waitIsEnd() -> Bool {
    var entries = [
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      pollfd(fd: inotify.descriptor.number, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&entries, nfds_t(entries.count), nextLook.pollMilliseconds)
    return entries[0].revents != 0
  }

  /// Reads the file if it may have changed. It always reads after an event: two writes within one tick of the clock leave
  /// the same times and the same size.
  private mutating func look(isForced: Bool) {
    // Before reading, so that a change after it causes another event.
    watch()
    nextLook = Deadline(after: Self.pollInterval)
    let identity = FileIdentity(watcher.file.path)
    guard isForced || identity != lastIdentity else { return }
    lastIdentity = identity
    guard let error = watcher.look() else { return errorDeadline = nil }
    // A failed system call may succeed later without a change of the file.
    if case .system = error { lastIdentity = nil }
    doubt(error)
  }

  /// Reports an error that has lasted; otherwise reads again when it has.
  private mutating func doubt(_ error: FlagStoreError) {
    let deadline = errorDeadline ?? Deadline(after: Self.grace)
    if deadline.hasPassed {
      errorDeadline = nil
      watcher.flags.reject(error)
    } else {
      errorDeadline = deadline
      nextLook = deadline
    }
  }

  private mutating func watch() {
    watched = WatchedPath(watcher.file.path)
    if let refused = inotify.watch(watched.directories) { warn(refused) }
  }

  private mutating func warn(_ failure: System.Failure) {
    guard !hasWarned else { return }
    hasWarned = true
    watcher.logger.warning(
      "\(watcher.file.path): inotify is not available (\(System.message(failure.number))); changes are seen once a second"
    )
  }
}

/// Tells one content of a path from another without reading it.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let inode: ino_t
  private let size: off_t
  private let modified: [Int]

  /// Nil when nothing is there.
  init?(_ path: String) {
    var status = Glibc.stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
    size = status.st_size
    modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
  }
}

/// A thread for one of the two watchers. It is no `BackgroundLoop`, because both wait for a descriptor of their own beside
/// the wake-up, and the descriptor changes while they run.
final class WatchThread: Sendable {
  private let wakeup: Wakeup
  private let thread: WorkerThread

  /// `body` returns when the descriptor becomes readable.
  init(_ body: @escaping @Sendable (_ wake: Int32) -> Void) throws(SystemError) {
    let wakeup = try Wakeup()
    self.wakeup = wakeup
    thread = try WorkerThread(name: "flag-watcher") { body(wakeup.descriptor.number) }
  }

  /// Returns when the thread has ended.
  func stop() {
    wakeup.wake()
    thread.join()
  }
}
