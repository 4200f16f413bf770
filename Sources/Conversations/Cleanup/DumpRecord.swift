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
  /// Of a body, in bytes: what one command to Redis may be long, and more.
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
