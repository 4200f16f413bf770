package import Glibc
package import Reactor

/// The system calls on files, each with its errno.
package enum System {
  package struct Failure: Error {
    package let number: Int32

    package init(number: Int32) { self.number = number }
  }

  package static func message(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

  /// The result of `call`, which is repeated when a signal interrupts it. A negative result throws errno.
  @discardableResult
  package static func check<Result: FixedWidthInteger>(_ call: () -> Result) throws(Failure) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      let number = errno
      guard number == EINTR else { throw Failure(number: number) }
    }
  }

  /// Where the symbolic link at `path` points; nil when there is no link.
  static func linkTarget(_ path: String) -> String? {
    let capacity = Int(PATH_MAX)
    let target = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = 0
      guard let base = buffer.baseAddress else { return }
      count = unsafe max(readlink(path, UnsafeMutableRawPointer(base).assumingMemoryBound(to: CChar.self), capacity), 0)
    }
    return target.isEmpty ? nil : String(decoding: target, as: UTF8.self)
  }

  /// The path without symbolic links, dots and double slashes; nil when there is nothing there.
  static func realPath(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// A missing file is no error.
  package static func remove(_ path: String) { unsafe unlink(path) }

  /// Replaces a file whose owner and mode do not matter: writes a new one beside it, flushes and renames it.
  package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(Failure) {
    let place = split(path)
    let temporary = "\(place.directory)/.\(place.name).\(getpid()).tmp"
    do throws(Failure) {
      let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK
      let descriptor = try Descriptor(opening: temporary, flags, mode: mode)
      _ = try descriptor.regularStatus()
      try descriptor.writeAll(bytes)
      try check { fsync(descriptor.number) }
      try check { unsafe rename(temporary, path) }
    } catch {
      remove(temporary)
      throw error
    }
  }

  static func workingDirectory() -> String {
    guard let path = unsafe getcwd(nil, 0) else { return "/" }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// The names in a folder; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let entries = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(entries) }
    var names: [String] = []
    while let entry = unsafe readdir(entries) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        })
    }
    return names
  }

  /// The folder and the name in it.
  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
  }
}

extension Descriptor {
  /// Close-on-exec is added to the flags.
  package init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(System.Failure) {
    self.init(owning: try System.check { unsafe open(path, flags | O_CLOEXEC, mode) })
  }

  package func status() throws(System.Failure) -> stat {
    var status = stat()
    try System.check { unsafe fstat(number, &status) }
    return status
  }

  /// The status of a regular file. Anything else, such as a pipe, is refused with EINVAL.
  package func regularStatus() throws(System.Failure) -> stat {
    let status = try status()
    guard status.st_mode & S_IFMT == S_IFREG else { throw System.Failure(number: EINVAL) }
    return status
  }

  /// The bytes from the current position to the end, at most `limit` of them.
  package func readAll(limit: Int, expected: Int) throws(System.Failure) -> [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(min(expected, limit) + 1)
    var chunk = [UInt8](repeating: 0, count: min(max(expected + 1, 4_096), 1 << 20))
    while content.count < limit {
      let count = try System.check { unsafe Glibc.read(number, &chunk, chunk.count) }
      if count == 0 { break }
      content += chunk[..<count]
    }
    return content
  }

  /// Fewer at the end of the file.
  func read(at offset: Int, count: Int) throws(System.Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let length = try System.check { unsafe pread(number, &bytes, count, off_t(offset)) }
    return Array(bytes[..<length])
  }

  package func writeAll(_ bytes: [UInt8]) throws(System.Failure) {
    var written = 0
    while written < bytes.count {
      written += try System.check {
        unsafe bytes.withUnsafeBytes {
          unsafe write(number, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
        }
      }
    }
  }
}
