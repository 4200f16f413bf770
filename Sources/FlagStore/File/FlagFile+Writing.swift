import Glibc
internal import Reactor

/// How a file is replaced so that a kill at any moment leaves the old or the new content whole:
///
///     lock .flags.json.lock      (the kernel unlocks when the holder dies)
///     remove .flags.json.tmp     (what a killed writer left)
///     write .flags.json.tmp, fsync
///     rename over flags.json     <- before: old, after: new
///     fsync the folder
extension FlagFile {
  /// Runs `body` with the path of the file itself, behind all links, while no other writer runs; another one is waited for
  /// so many seconds.
  func withLock(
    waiting seconds: Int = lockSeconds, _ body: (_ target: String) throws(FlagStoreError) -> Void
  ) throws(FlagStoreError) {
    guard let target = System.realPath(path) else {
      throw errno == ENOENT ? .fileMissing(file: path) : .system(operation: "find it", file: path, number: errno)
    }
    let place = System.split(target)
    let lockPath = "\(place.directory)/.\(place.name).lock"
    let lock = try openLock(lockPath)
    try acquire(lock.number, lockPath, waiting: seconds)
    guard System.realPath(path) == target else {
      throw .system(
        operation: "write it, a link on its path was changed meanwhile; try again", file: path, number: EAGAIN)
    }
    try body(target)
    // Closing the descriptor unlocks. The lock file stays: removing it would let two writers hold two locks.
    _ = consume lock
  }

  private func openLock(_ lockPath: String) throws(FlagStoreError) -> Descriptor {
    do throws(System.Failure) {
      // Opening for reading is enough to lock, so that other users than the one who made it can.
      return try Descriptor(opening: lockPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch {}
    do throws(System.Failure) {
      return try Descriptor(opening: lockPath, O_RDONLY | O_CREAT | O_NOFOLLOW, mode: 0o644)
    } catch {
      throw .system(operation: "create the lock", file: lockPath, number: error.number)
    }
  }

  private func acquire(_ descriptor: Int32, _ lockPath: String, waiting seconds: Int) throws(FlagStoreError) {
    let intervalMicroseconds: UInt32 = 2_000
    for attempt in 0...(seconds * 1_000_000 / Int(intervalMicroseconds)) {
      if attempt > 0 { usleep(intervalMicroseconds) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      let number = errno
      guard number == EWOULDBLOCK || number == EINTR else {
        throw .system(operation: "lock it", file: lockPath, number: number)
      }
    }
    throw .locked(file: path, lock: lockPath, seconds: seconds)
  }

  /// The lock is held, so a temporary file that is there has no living writer. An editor asks for no lock: what it wrote
  /// since the file was `identity` is not overwritten.
  func replaceContent(
    of target: String, with bytes: [UInt8], ifStill identity: FileIdentity?
  ) throws(FlagStoreError) {
    let place = System.split(target)
    let temporary = "\(place.directory)/.\(place.name).tmp"
    System.remove(temporary)
    do throws(System.Failure) {
      try write(bytes, to: temporary, like: target)
      guard FileIdentity(target) == identity else { throw System.Failure(number: EAGAIN) }
      try System.check { unsafe rename(temporary, target) }
      let directory = try Descriptor(opening: place.directory, O_RDONLY | O_DIRECTORY)
      try System.check { fsync(directory.number) }
    } catch {
      System.remove(temporary)
      let operation = error.number == EAGAIN ? "write it, somebody else does at this moment; try again" : "write it"
      throw .system(operation: operation, file: path, number: error.number)
    }
  }

  /// A new file with the mode of `original`, and its owner and group as far as this process may give them.
  private func write(_ bytes: [UInt8], to temporary: String, like original: String) throws(System.Failure) {
    let old = try Descriptor(opening: original, O_RDONLY | O_NONBLOCK).status()
    let descriptor = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    try descriptor.writeAll(bytes)
    // Only root may give a file away; a group that one is in may always be given. uid_t.max leaves the owner alone.
    if fchown(descriptor.number, old.st_uid, old.st_gid) != 0 { fchown(descriptor.number, uid_t.max, old.st_gid) }
    try System.check { fchmod(descriptor.number, old.st_mode & 0o7777) }
    try System.check { fsync(descriptor.number) }
  }
}
