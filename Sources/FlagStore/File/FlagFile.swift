package import Flags
import Glibc
internal import Reactor

/// A flag document in a file.
///
/// A reader always finds a whole document: writers lay the new one beside the old and rename it. Writers exclude each
/// other with a lock that the kernel takes back when its holder dies, and a change is refused when somebody else's came
/// between reading and writing. A symbolic link is followed, so the link stays and its target changes.
package struct FlagFile: FlagSource {
  /// As the user named it.
  package let path: String
  /// How long a writer waits for the lock, in seconds.
  static let lockSeconds = 5

  package init(_ path: String) { self.path = path }

  package var place: String { path }

  package func read() throws(FlagStoreError) -> FlagDocument {
    try FlagDocument(parsing: bytes(), file: path)
  }

  /// The content of the file, not looked at.
  func bytes() throws(FlagStoreError) -> [UInt8] {
    let status: stat
    let bytes: [UInt8]
    do throws(System.Failure) {
      // Without O_NONBLOCK a pipe would be waited for.
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

  /// Refused with `conflict` when that flag in the file is no longer what the writer saw; edits of other flags
  /// meanwhile are kept.
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
      // What readers would refuse is not written: an author or reason that is too long, a file that has grown too large.
      _ = try FlagDocument(parsing: text, file: path)
      let log = AuditLog(path: Self.auditPath(of: target))
      try log.append(found: read)
      let trail = try log.open()
      try replaceContent(of: target, with: text, ifStill: identity)
      // From here on the change stands. An entry that cannot be written is missing like that of a writer that was killed
      // here: whoever looks next puts it there.
      try? trail.append(AuditEntry(edit, before: read, after: flag, signed: signed))
    }
    return flag
  }

  /// A file knows of no proxies.
  package func fleet() throws(FlagStoreError) -> [FleetMember]? { nil }
}
