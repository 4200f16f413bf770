package import Flags
import Glibc
internal import Reactor

/// A flag document in a file.
///
/// A reader always finds a whole document, because writers put the new one beside the old and rename it. Writers exclude
/// each other with a lock that the kernel releases when its holder dies, and a change is refused after a concurrent change.
/// A symbolic link is followed: the link stays and its target changes.
package struct FlagFile: FlagSource {
  /// As configured.
  package let path: String
  /// Seconds that a writer waits for the lock.
  static let lockSeconds = 5

  package init(_ path: String) { self.path = path }

  package var place: String { path }

  package func read() throws(FlagStoreError) -> FlagDocument {
    try FlagDocument(parsing: bytes(), file: path)
  }

  /// The content of the file, unchecked.
  func bytes() throws(FlagStoreError) -> [UInt8] {
    let status: stat
    let bytes: [UInt8]
    do throws(System.Failure) {
      // Without O_NONBLOCK opening a pipe would wait.
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
      status = try descriptor.status()
      let isFile = status.st_mode & S_IFMT == S_IFREG
      bytes = isFile ? try descriptor.readAll(limit: FlagLimits.fileBytes + 1, expected: Int(status.st_size)) : []
    } catch {
      if error.number == ENOENT { throw .fileMissing(file: path) }
      throw .system(operation: "read it", file: path, number: error.number)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(file: path) }
    guard bytes.count <= FlagLimits.fileBytes else {
      throw .fileTooLarge(file: path, bytes: max(bytes.count, Int(status.st_size)))
    }
    return bytes
  }

  // MARK: Editing

  package func names() throws(FlagStoreError) -> [String]? { try read().names }

  package func flag(named name: String) throws(FlagStoreError) -> Flag {
    try read().flags(named: [name], file: path)[0]
  }

  /// Fails with `conflict` when that flag in the file is no longer what the writer saw. Concurrent edits of other flags are
  /// preserved.
  package func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag {
    let flag = signed.sign(edit.apply(to: read))
    try withLock { target throws(FlagStoreError) in
      let identity = FileIdentity(target)
      var document = try self.read()
      let stored = document.flag(named: read.name)
      guard stored == read else {
        throw .conflict(flag: read.name, place: path, read: read, stored: stored)
      }
      document.replace(flag)
      let text = Array(document.render().utf8)
      // Readers would refuse an author or reason that is too long, and a file that has grown too large.
      _ = try FlagDocument(parsing: text, file: path)
      let log = AuditLog(path: Self.auditPath(of: target))
      try log.append(found: read)
      let trail = try log.open()
      try replaceContent(of: target, with: text, ifStill: identity)
      // From here on the change is made. If the entry fails, as after a crash here, the next proxy or writer adds it.
      try? trail.append(AuditEntry(edit, before: read, after: flag, signed: signed))
    }
    return flag
  }

  /// A file has no register of proxies.
  package func fleet() throws(FlagStoreError) -> [FleetMember]? { nil }
}

/// Replaces the file so that a crash at any moment leaves the whole old or the whole new content:
///
///     lock .flags.json.lock      (the kernel unlocks when the holder dies)
///     remove .flags.json.tmp     (what a killed writer left)
///     write .flags.json.tmp, fsync
///     rename over flags.json     <- before: old, after: new
///     fsync the folder
extension FlagFile {
  /// Runs `body` with the path of the file itself, all links followed, while no other writer runs. It waits for another writer
  /// for `seconds`.
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
        operation: "write it, because a link on its path was changed meanwhile; try again", file: path, number: EAGAIN)
    }
    try body(target)
    // Closing the descriptor unlocks. The lock file stays, because removing it would let two writers hold two locks.
    _ = consume lock
  }

  private func openLock(_ lockPath: String) throws(FlagStoreError) -> Descriptor {
    do throws(System.Failure) {
      // Opening for reading is enough to lock, so that other users than its creator can.
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

  /// Called with the lock held, so an existing temporary file belongs to no living writer. Editors take no lock: what one
  /// wrote since the file was `identity` is not overwritten.
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
      let operation = error.number == EAGAIN ? "write it, because another program is writing it; try again" : "write it"
      throw .system(operation: operation, file: path, number: error.number)
    }
  }

  /// A new file with the mode of `original`, and its owner and group as far as this process may set them.
  private func write(_ bytes: [UInt8], to temporary: String, like original: String) throws(System.Failure) {
    let old = try Descriptor(opening: original, O_RDONLY | O_NONBLOCK).status()
    let descriptor = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    try descriptor.writeAll(bytes)
    // Only root may change the owner; a group of which the user is a member is always allowed. uid_t.max keeps the owner.
    if fchown(descriptor.number, old.st_uid, old.st_gid) != 0 { fchown(descriptor.number, uid_t.max, old.st_gid) }
    try System.check { fchmod(descriptor.number, old.st_mode & 0o7777) }
    try System.check { fsync(descriptor.number) }
  }
}
