internal import Glibc
package import Reactor

/// The secret that allows changes over TCP. It is never shown.
package struct AdminToken: Sendable {
  /// Characters of a generated token: 32 bytes in hexadecimal.
  static let madeLength = 64
  /// Characters of an operator's own token. Fewer could be guessed.
  static let lengths = 32...256

  private let secret: [UInt8]

  /// Nil when the text is too short, too long, or holds characters that bearer tokens do not have (RFC 6750 2.1).
  package init?(_ text: String) {
    guard Self.lengths.contains(text.utf8.count), text.utf8.allSatisfy(Self.isTokenByte) else { return nil }
    secret = Array(text.utf8)
  }

  /// - Parameter bytes: 32 random bytes.
  init(random bytes: [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    secret = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
  }

  /// For clients that send it.
  package var text: String { String(decoding: secret, as: UTF8.self) }

  /// Takes equally long for all candidates of one length, wherever they differ: it compares every byte of the secret before
  /// it decides.
  package func matches(_ candidate: String) -> Bool {
    let given = Array(candidate.utf8)
    guard !given.isEmpty else { return false }
    var difference = UInt(bitPattern: secret.count ^ given.count)
    for index in secret.indices { difference |= UInt(secret[index] ^ given[index % given.count]) }
    return difference == 0
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~+/=".utf8.contains(byte)
    }
  }
}

extension AdminToken: CustomStringConvertible {
  /// Keeps the secret out of logs.
  package var description: String { "AdminToken(\(secret.count) characters)" }
}

/// The file of the token: one line that only its owner can read.
package struct AdminTokenFile: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Reads the token, or creates it if there is no file. Two processes that start at the same time get the same token.
  package func readOrMake() throws(AdminTokenError) -> AdminToken {
    if let token = try readIfThere() { return token }
    let token = try make()
    guard try put(token) else {
      // Another process was faster.
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

  /// Nil without a file. Follows links: only the permissions of the target matter.
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

  /// Writes the token under a temporary name and links it to the path, which fails if a file exists. So nobody reads half a
  /// token, and no token in use is replaced. False when there is one already.
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

/// Why there is no token.
package enum AdminTokenError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case notAFile(String)
  case readableByOthers(String, mode: UInt32)
  case empty(String)
  case malformed(String)
  case system(String, SystemError)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): there is no admin token yet; the proxy creates it when it starts"
    case .notAFile(let path): "\(path): found something that is not a regular file, expected the admin token"
    case .readableByOthers(let path, let mode):
      "\(path): other users can read the admin token (mode 0\(String(mode, radix: 8))); run chmod 600 on it. If others may have read it, remove it, and the proxy creates a new one"
    case .empty(let path): "\(path): the file of the admin token is empty; remove it, and the proxy creates a new one"
    case .malformed(let path):
      "\(path): found no admin token, expected one line of 32 to 256 letters, digits and -._~+/=; remove the file, and the proxy creates a new one"
    case .system(let path, let error): "\(path): cannot read or create the admin token: \(error)"
    }
  }
}
