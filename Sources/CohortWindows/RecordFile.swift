internal import Bytes

/// A file of records:
///
///     "turnout-windows 3\n"   the format; the number changes with `ClusterCounter`
///     generation              8 bytes, little-endian
///     checksum                4 bytes      of the two fields above
///     length                  4 bytes      for each record
///     checksum                4 bytes      MurmurHash3 of the record, with its length as seed
///     the record
///
/// A reader distinguishes an incomplete last record, which a killed writer leaves and which is dropped, from damage, behind
/// which nothing is used.
enum RecordFile {
  private static let title = Array("turnout-windows 3\n".utf8)
  static let headBytes = title.count + 12
  /// No proxy reaches this many snapshots; a higher generation is damage.
  static let generationLimit: UInt64 = 1 << 48

  static func head(generation: UInt64) -> [UInt8] {
    let bytes = title + littleEndian(generation, count: 8)
    return bytes + littleEndian(UInt64(checksum(bytes)), count: 4)
  }

  static func framed(_ record: Record) -> [UInt8] {
    let bytes = record.encoded
    let length = littleEndian(UInt64(bytes.count), count: 4)
    return length + littleEndian(UInt64(checksum(bytes)), count: 4) + bytes
  }

  struct Content {
    /// Nil when this is not such a file.
    var generation: UInt64?
    var records: [Record] = []
    /// Bytes up to the end of the last whole record.
    var goodBytes = 0
    /// The last record is incomplete.
    var isTorn = false
    /// Something was not written by Turnout.
    var isCorrupt = false
  }

  static func read(_ bytes: [UInt8]) -> Content {
    var content = Content()
    guard bytes.starts(with: title) else {
      // Even the head is incomplete.
      (content.isTorn, content.isCorrupt) = title.starts(with: bytes) ? (true, false) : (false, true)
      return content
    }
    guard bytes.count >= headBytes else {
      content.isTorn = true
      return content
    }
    let generation = number(bytes[title.count..<title.count + 8])
    guard generation <= generationLimit, bytes.starts(with: head(generation: generation)) else {
      content.isCorrupt = true
      return content
    }
    content.generation = generation
    content.goodBytes = headBytes
    while content.goodBytes < bytes.count, take(bytes[content.goodBytes...], &content) {}
    return content
  }

  /// False at the last record that can be read.
  private static func take(_ rest: ArraySlice<UInt8>, _ content: inout Content) -> Bool {
    guard rest.count >= 8 else {
      content.isTorn = true
      return false
    }
    let start = rest.startIndex
    let length = Int(number(rest[start..<start + 4]))
    guard length <= Record.byteLimit else {
      content.isCorrupt = true
      return false
    }
    guard rest.count >= 8 + length else {
      content.isTorn = true
      return false
    }
    let bytes = Array(rest[start + 8..<start + 8 + length])
    guard UInt64(checksum(bytes)) == number(rest[start + 4..<start + 8]) else {
      content.isCorrupt = true
      return false
    }
    // Skips kinds of records that a newer Turnout writes; the checksum shows that they are complete.
    if let record = try? Record(encoded: bytes) { content.records.append(record) }
    content.goodBytes += 8 + length
    return true
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    unsafe Murmur3(seed: UInt32(truncatingIfNeeded: bytes.count)).hash(bytes.span.bytes)
  }

  private static func littleEndian(_ number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
