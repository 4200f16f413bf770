import Glibc
internal import Logging
internal import Reactor

/// What the watcher's thread does: wait, look, wait.
struct WatchLoop: ~Copyable {
  /// Between two looks without a notice: the net for what inotify does not see (a folder renamed above, NFS).
  static let pollNanoseconds: UInt64 = 1_000_000_000
  /// Until a fault is believed: longer than an editor takes between its steps.
  static let graceNanoseconds: UInt64 = 100_000_000

  private let watcher: FlagWatcher
  /// Becomes readable when it is time to end.
  private let wake: Int32
  private var inotify = Inotify()
  private var watched: WatchedPath
  private var lastIdentity: FileIdentity?
  /// When a fault that nobody has been told of yet was seen first.
  private var doubtfulSince: UInt64?
  private var hasWarned = false
  private var nextLook: UInt64 = 0

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
      if isTouched || MonotonicClock.now() >= nextLook { look(isForced: isTouched || doubtfulSince != nil) }
      watcher.audit()
      watcher.flags.tick()
    }
  }

  /// Waits for a notice or the next look; true when it is time to end.
  private func waitIsEnd() -> Bool {
    let now = MonotonicClock.now()
    let milliseconds = nextLook > now ? (nextLook - now) / 1_000_000 + 1 : 0
    var entries = [
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      pollfd(fd: inotify.descriptor.number, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds))
    return entries[0].revents != 0
  }

  /// Reads the file if it may have changed. A notice is always followed: two writes within one tick of the clock leave
  /// the same times and the same size.
  private mutating func look(isForced: Bool) {
    // Before reading, so that a change after it is noticed again.
    watch()
    nextLook = MonotonicClock.now() + Self.pollNanoseconds
    let identity = FileIdentity(watcher.file.path)
    guard isForced || identity != lastIdentity else { return }
    lastIdentity = identity
    guard let fault = watcher.look() else { return doubtfulSince = nil }
    // What the system could not do now it may do later, without the file changing.
    if case .system = fault { lastIdentity = nil }
    doubt(fault)
  }

  /// Believes a fault that has lasted, else looks again when it has.
  private mutating func doubt(_ fault: FlagStoreError) {
    let now = MonotonicClock.now()
    let since = doubtfulSince ?? now
    if now - since >= Self.graceNanoseconds {
      doubtfulSince = nil
      watcher.reject(fault)
    } else {
      doubtfulSince = since
      nextLook = since + Self.graceNanoseconds
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

/// What tells one content of a path from another without reading it.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let inode: ino_t
  private let size: off_t
  private let modified: [Int]

  /// Nil when there is nothing.
  init?(_ path: String) {
    var status = Glibc.stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
    size = status.st_size
    modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
  }
}
