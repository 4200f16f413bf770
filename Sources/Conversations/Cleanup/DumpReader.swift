internal import Glibc
internal import Reactor

/// Reads a dump file record by record; one of them is held at a time.
package struct DumpReader: ~Copyable {
  package let path: String
  private let descriptor: Descriptor
  /// Where the next record begins.
  private var offset = 0
  private let size: Int
  /// Where the file ends to be one: in a record that was being written, or that was damaged since. Nil: nowhere.
  package private(set) var tornAt: Int?

  package init(_ path: String) throws(CleanupError) {
    self.path = path
    let number = retryingInterrupted { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { throw .file(SystemError.last("read \(path)").description) }
    descriptor = Descriptor(owning: number)
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw .file(SystemError.last("read \(path)").description) }
    size = Int(status.st_size)
    let header = DumpFormat.header
    guard size >= header.count, try read(header.count) == header else {
      // A writer that was killed in its first moment.
      if try read(min(size, header.count)).elementsEqual(header.prefix(size)) && status.st_mode & S_IFMT == S_IFREG {
        tornAt = 0
        return
      }
      throw .foreign(path)
    }
    offset = header.count
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
