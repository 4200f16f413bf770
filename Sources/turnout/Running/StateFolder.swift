import ArgumentParser
import Bytes
import Glibc
import Reactor

/// The folder in which a proxy stores its last good flags, its local kill, the windows of its cohorts, and the token and the
/// socket of its admin API.
enum StateFolder {
  /// Creates the folder with access for its owner only, unless it exists.
  static func make(_ path: String) throws {
    if unsafe mkdir(path, 0o700) == 0 { return }
    let code = errno
    var status = stat()
    if code == EEXIST, unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    let reason = code == EEXIST ? "it exists and is not a folder" : unsafe String(cString: strerror(code))
    throw failure(
      .failed, "\(path): the state folder cannot be created: \(reason). Choose another one with state: or --state.")
  }

  static func windows(in path: String) -> String { path + "/windows" }

  static func lastGood(in path: String) -> String { path + "/last-good" }
}

/// The key that hashes users in the access log: 16 random bytes in the state folder, in hexadecimal. It is created once, so
/// that the hash of a user survives restarts. Whoever has the key can find out which hash is whose.
enum AccessLogKey {
  static func path(in state: String) -> String { state + "/access-log.key" }

  static func readOrCreate(_ path: String) throws -> SipHash {
    do throws(SystemError) {
      if let bytes = try readIfThere(path) { return try key(bytes, path) }
      let bytes = try RandomBytes.make(SipHash.keyLength)
      try write(bytes, to: path)
      return try key(hexadecimal(bytes), path)
    } catch {
      throw failure(
        .failed,
        "\(path): no key for the access log: \(error). It is not needed with access_log.user: none or raw.")
    }
  }

  private static func key(_ text: [UInt8], _ path: String) throws(SystemError) -> SipHash {
    let digits = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    let values = digits.compactMap { ASCII.hexValue($0) }
    let bytes = stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    guard values.count == digits.count, values.count == 2 * SipHash.keyLength, let key = SipHash(key: bytes) else {
      throw SystemError("expected 32 hexadecimal digits; remove the file to get a new one", code: EINVAL)
    }
    return key
  }

  private static func readIfThere(_ path: String) throws(SystemError) -> [UInt8]? {
    let number = retryingInterrupted { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    if number < 0, errno == ENOENT { return nil }
    guard number >= 0 else { throw .last("open") }
    let descriptor = Descriptor(owning: number)
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw .last("fstat") }
    guard status.st_mode & 0o077 == 0 else {
      throw SystemError("others can read it; run chmod 600", code: EACCES)
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = retryingInterrupted { unsafe read(descriptor.number, &bytes, bytes.count) }
    guard count >= 0 else { throw .last("read") }
    return Array(bytes.prefix(count))
  }

  /// Writes a temporary file and renames it, so that the file is never incomplete.
  private static func write(_ key: [UInt8], to path: String) throws(SystemError) {
    let temporary = path + ".new"
    unsafe unlink(temporary)
    let number = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw .last("create") }
    let descriptor = Descriptor(owning: number)
    let text = hexadecimal(key) + [UInt8(ascii: "\n")]
    guard unsafe Glibc.write(descriptor.number, text, text.count) == text.count, fsync(descriptor.number) == 0,
      unsafe rename(temporary, path) == 0
    else { throw .last("write") }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte in [byte >> 4, byte & 0x0F].map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 } }
  }
}
