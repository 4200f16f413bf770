internal import Glibc
package import Reactor

/// Where the token is kept: one line in a file that only its owner can read.
package struct AdminTokenFile: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The token in the file; where there is no file, one that is made now. Of two processes that start at the same moment
  /// both get the same.
  package func readOrMake() throws(AdminTokenError) -> AdminToken {
    if let token = try readIfThere() { return token }
    let token = try make()
    guard try put(token) else {
      // Another process was quicker.
      return try read()
    }
    return token
  }

  private func make() throws(AdminTokenError) -> AdminToken {
    do throws(SystemError) { return AdminToken(random: try RandomBytes.make(AdminToken.madeLength / 2)) } catch {
      throw .system(path, error)
    }
  }

  package func read() throws(AdminTokenError) -> AdminToken {
    guard let token = try readIfThere() else { throw .missing(path) }
    return token
  }

  /// Nil where there is no file. A link is followed: what counts is who can read what it leads to.
  private func readIfThere() throws(AdminTokenError) -> AdminToken? {
    let number = retryingInterrupted { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    if number < 0, errno == ENOENT { return nil }
    guard number >= 0 else { throw .system(path, .last("open")) }
    let descriptor = Descriptor(owning: number)
    var status = stat()
    guard unsafe fstat(descriptor.number, &status) == 0 else { throw .system(path, .last("fstat")) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
    guard status.st_mode & 0o077 == 0 else { throw .readableByOthers(path, mode: status.st_mode & 0o777) }
    var bytes = [UInt8](repeating: 0, count: AdminToken.lengths.upperBound + 2)
    let count = retryingInterrupted { unsafe Glibc.read(descriptor.number, &bytes, bytes.count) }
    guard count >= 0 else { throw .system(path, .last("read")) }
    var text = String(decoding: bytes.prefix(count), as: UTF8.self)
    if text.utf8.last == UInt8(ascii: "\n") { text = String(decoding: text.utf8.dropLast(), as: UTF8.self) }
    guard !text.isEmpty else { throw .empty(path) }
    guard let token = AdminToken(text) else { throw .malformed(path) }
    return token
  }

  /// Written whole under a name of its own, then linked to its place, which fails if there is something: nobody reads
  /// half a token, and none that was given out is replaced. False: there is one already.
  private func put(_ token: AdminToken) throws(AdminTokenError) -> Bool {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
    let number = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw .system(path, .last("create")) }
    let descriptor = Descriptor(owning: number)
    defer { _ = unsafe unlink(temporary) }
    let bytes = Array((token.text + "\n").utf8)
    guard unsafe write(descriptor.number, bytes, bytes.count) == bytes.count, fsync(descriptor.number) == 0 else {
      throw .system(path, .last("write"))
    }
    guard unsafe link(temporary, path) != 0 else { return true }
    guard errno == EEXIST else { throw .system(path, .last("link")) }
    return false
  }
}

/// Why there is no token. The text says what to do.
package enum AdminTokenError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case notAFile(String)
  case readableByOthers(String, mode: UInt32)
  case empty(String)
  case malformed(String)
  case system(String, SystemError)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): there is no token yet; the proxy makes it when it starts"
    case .notAFile(let path): "\(path): found something that is no regular file, expected the admin token"
    case .readableByOthers(let path, let mode):
      "\(path): the admin token can be read by others (mode 0\(String(mode, radix: 8))); run chmod 600, and if others may have read it, remove it so that a new one is made"
    case .empty(let path): "\(path): the file of the admin token is empty; remove it, and the proxy makes a new one"
    case .malformed(let path):
      "\(path): found no admin token; expected one line of 32 to 256 letters, digits and -._~+/=; remove the file, and the proxy makes a new one"
    case .system(let path, let error): "\(path): no admin token: \(error)"
    }
  }
}
