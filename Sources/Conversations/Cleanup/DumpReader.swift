internal import Glibc
internal import Reactor

/// Reads a dump file record by record; one of them is held at a time.
package struct DumpReader: ~Copyable {
  package let path: String
  private let descriptor: Descriptor
  /// Where the next record begins.
  private var offset = 0
  private var size = 0
  /// Where the file ends to be one: in a record that was being written, or that was damaged since. Nil: nowhere.
  package private(set) var tornAt: Int?

  private init(_ path: String, owning number: Int32) {
    self.path = path
    descriptor = Descriptor(owning: number)
  }

  package static func open(_ path: String) throws(CleanupError) -> DumpReader {
    let number = retryingInterrupted { unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { throw .file(SystemError.last("read \(path)").description) }
    var reader = DumpReader(path, owning: number)
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw .file(SystemError.last("read \(path)").description) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .foreign(path) }
    reader.size = Int(status.st_size)
    let count = min(reader.size, DumpFormat.header.count)
    guard try reader.read(count) == Array(DumpFormat.header.prefix(count)) else { throw .foreign(path) }
    // A writer that was killed in its first moment.
    if count < DumpFormat.header.count { reader.tornAt = 0 }
    reader.offset = count
    return reader
  }

  /// Nil at the end, and where the file is torn.
  package mutating func next() throws(CleanupError) -> DumpRecord? {
    guard tornAt == nil, offset < size else { return nil }
    guard size - offset >= DumpFormat.frontCount else { return torn() }
    let front = try read(DumpFormat.frontCount)
    let count = Int(DumpFormat.number(front[..<4]))
    guard count <= DumpFormat.bodyLimit, size - offset - DumpFormat.frontCount >= count else { return torn() }
    let body = try read(count, at: DumpFormat.frontCount)
    guard let record = DumpFormat.record(front: front, body: body) else { return torn() }
    offset += DumpFormat.frontCount + count
    return record
  }

  private mutating func torn() -> DumpRecord? {
    tornAt = offset
    return nil
  }

  private func read(_ count: Int, at place: Int = 0) throws(CleanupError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let step = unsafe bytes.withUnsafeMutableBytes { memory in
        retryingInterrupted {
          unsafe pread(
            descriptor.number, memory.baseAddress.map { unsafe $0 + filled }, count - filled, offset + place + filled)
        }
      }
      guard step > 0 else {
        throw .file(
          step < 0 ? SystemError.last("read \(path)").description : "\(path) became shorter while it was read")
      }
      filled += step
    }
    return bytes
  }
}
