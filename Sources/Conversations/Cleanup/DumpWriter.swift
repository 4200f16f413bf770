internal import Glibc
internal import Reactor

/// A new dump file, for this user alone. What was flushed is on the disk, whatever happens to the machine then.
struct DumpWriter: ~Copyable {
  let path: String
  private let descriptor: Descriptor
  private(set) var byteCount = 0

  private init(_ path: String, owning number: Int32) {
    self.path = path
    descriptor = Descriptor(owning: number)
  }

  /// Before anything is looked at: it would be refused in the middle otherwise.
  static func checkIsNew(_ path: String) throws(CleanupError) {
    var status = stat()
    if unsafe lstat(path, &status) == 0 { throw .exists(path) }
  }

  static func create(_ path: String) throws(CleanupError) -> DumpWriter {
    let number = retryingInterrupted { unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
    guard number >= 0 else {
      if errno == EEXIST { throw .exists(path) }
      throw .file(SystemError.last("write \(path)").description)
    }
    var writer = DumpWriter(path, owning: number)
    try writer.write(DumpFormat.header)
    try writer.flush()
    try flushFolder(of: path)
    return writer
  }

  /// The name of a file is kept by its folder.
  private static func flushFolder(of path: String) throws(CleanupError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let directory = Descriptor(owning: retryingInterrupted { unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    guard directory.number >= 0, fsync(directory.number) == 0 else {
      throw .file(SystemError.last("flush \(folder)").description)
    }
  }

  mutating func append(_ record: DumpRecord) throws(CleanupError) { try write(DumpFormat.bytes(of: record)) }

  func flush() throws(CleanupError) {
    guard retryingInterrupted({ fsync(descriptor.number) }) == 0 else {
      throw .file(SystemError.last("flush \(path)").description)
    }
  }

  private mutating func write(_ bytes: [UInt8]) throws(CleanupError) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { memory in
        retryingInterrupted {
          unsafe Glibc.write(descriptor.number, memory.baseAddress.map { unsafe $0 + written }, memory.count - written)
        }
      }
      guard count > 0 else { throw .file(SystemError.last("write \(path)").description) }
      written += count
    }
    byteCount += written
  }
}
