internal import FlagStore
internal import Glibc
internal import Reactor

/// A file that Redis has saved: `REDIS`, four digits of a version, records, 0xFF and eight bytes of a checksum.
///
/// It is held open, so that a later save, which puts another file in its place, changes nothing of what is checked and
/// copied.
struct SnapshotFile: ~Copyable {
  let path: String
  let bytes: Int
  /// When it was last written, in seconds since 1970.
  let writtenAt: Int
  private let descriptor: Descriptor

  /// Nil where there is none, or none that we may read: it may be on another machine.
  init?(_ path: String) {
    guard let descriptor = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
      let status = try? descriptor.regularStatus()
    else { return nil }
    self.path = path
    bytes = Int(status.st_size)
    writtenAt = status.st_mtim.tv_sec
    self.descriptor = descriptor
  }

  /// Nil when it is whole, as far as beginning and end tell.
  borrowing func fault() -> String? {
    // Magic, version, end and checksum: an empty database has these and a few notes.
    guard bytes >= 18 else { return "has \(bytes) bytes only" }
    guard let head = read(at: 0, count: 9), head.starts(with: "REDIS".utf8),
      head.dropFirst(5).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return "does not begin with REDIS and a version" }
    guard read(at: bytes - 9, count: 1) == [0xFF] else { return "does not end as a save does" }
    return nil
  }

  private borrowing func read(at offset: Int, count: Int) -> [UInt8]? {
    var content = [UInt8](repeating: 0, count: count)
    let length = unsafe pread(descriptor.number, &content, count, off_t(offset))
    return length == count ? content : nil
  }

  /// A copy of all of it in that file, which is new; 1 MiB at a time.
  borrowing func copy(
    to target: borrowing Descriptor, _ limit: TimeLimit
  ) throws(System.Failure) {
    var offset = 0
    while offset < bytes {
      guard !limit.hasPassed else { throw System.Failure(number: ETIMEDOUT) }
      guard let part = read(at: offset, count: min(1 << 20, bytes - offset)) else { throw System.Failure(number: EIO) }
      try target.writeAll(part)
      offset += part.count
    }
  }
}
