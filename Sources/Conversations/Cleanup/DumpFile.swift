internal import Glibc
internal import Reactor
internal import Redis

/// One key as it was: in a dump file, and on its way back.
package struct DumpRecord: Sendable, Equatable {
  package var key: [UInt8]
  /// As TYPE names it, for people; the value knows its type.
  package var type: String
  /// Milliseconds since 1970; 0: without an expiry.
  package var expiresAt: Int
  /// What DUMP gives and RESTORE takes.
  package var value: [UInt8]

  package init(key: [UInt8], type: String, expiresAt: Int, value: [UInt8]) {
    self.key = key
    self.type = type
    self.expiresAt = expiresAt
    self.value = value
  }
}

/// The form of a dump file. Numbers are little-endian:
///
///     turnout-dump 1\n
///     | length of the body: 4 | SHA-1 of the body: 20 | body | ...
///     body:  | expiry: 8 | length of the type: 1 | type | length of the key: 4 | key | value |
enum DumpFormat {
  static let header = Array("turnout-dump 1\n".utf8)
  static let frontCount = 24
  /// The largest body, in bytes: longer than any one command to Redis may be.
  static let bodyLimit = 128 << 20

  static func bytes(of record: DumpRecord) -> [UInt8] {
    var body = littleEndian(UInt64(bitPattern: Int64(record.expiresAt)), 8)
    let type = Array(record.type.utf8.prefix(255))
    body.append(UInt8(type.count))
    body += type
    body += littleEndian(UInt64(record.key.count), 4)
    body += record.key
    body += record.value
    return littleEndian(UInt64(body.count), 4) + RedisDigest.sha1(body) + body
  }

  /// Nil when the body is not what the sum in front of it says, or is no body.
  static func record(front: [UInt8], body: [UInt8]) -> DumpRecord? {
    guard front.count == frontCount, RedisDigest.sha1(body) == Array(front[4...]), body.count >= 9 else { return nil }
    let typeEnd = 9 + Int(body[8])
    guard body.count >= typeEnd + 4 else { return nil }
    let keyEnd = typeEnd + 4 + Int(number(body[typeEnd..<(typeEnd + 4)]))
    guard body.count >= keyEnd else { return nil }
    return DumpRecord(
      key: Array(body[(typeEnd + 4)..<keyEnd]), type: String(decoding: body[9..<typeEnd], as: UTF8.self),
      expiresAt: Int(Int64(bitPattern: number(body[..<8]))), value: Array(body[keyEnd...]))
  }

  static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

  private static func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
  }
}

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
