internal import Bytes

/// The UUID of a conversation (RFC 9562), 36 characters in lower case.
package struct ConversationID: Sendable, Hashable {
  package let text: String

  /// Nil for anything but 8-4-4-4-12 hexadecimal digits in lower case: keys are compared byte by byte.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: guard byte == ASCII.hyphen else { return nil }
      default: guard ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) else { return nil }
      }
    }
    self.text = text
  }

  /// As a database has it: 36 characters, also in upper case, or 16 bytes. Nil for anything else, and for 16 bytes that are
  /// printable: no UUID is such text, because its ninth byte is above 127.
  package init?(column: [UInt8]) {
    guard column.count == 16 else {
      self.init(String(decoding: column.map(ASCII.lowercased), as: UTF8.self))
      return
    }
    if column.allSatisfy({ (0x20...0x7E).contains($0) }) { return nil }
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: word(column[..<8]), low: word(column[8...]))
  }

  /// A random one (version 4).
  package static func random() -> ConversationID {
    var generator = SystemRandomNumberGenerator()
    return ConversationID(high: generator.next(), low: generator.next(), version: 4)
  }

  /// The id that every run of the migration derives from a legacy key: version 5, the SHA-1 of the namespace and the key.
  package static func derived(from legacyKey: [UInt8]) -> ConversationID {
    var hash = SHA1()
    hash.absorb(unsafe namespace.span.bytes)
    hash.absorb(unsafe legacyKey.span.bytes)
    let words = hash.digest()
    return ConversationID(
      high: UInt64(words[0]) << 32 | UInt64(words[1]), low: UInt64(words[2]) << 32 | UInt64(words[3]), version: 5)
  }

  /// cae878e8-595c-49eb-89c1-494fafb3dc08
  private static let namespace: [UInt8] = [
    0xca, 0xe8, 0x78, 0xe8, 0x59, 0x5c, 0x49, 0xeb,
    0x89, 0xc1, 0x49, 0x4f, 0xaf, 0xb3, 0xdc, 0x08,
  ]

  private init(high: UInt64, low: UInt64, version: UInt64) {
    self.init(high: high & ~0xF000 | version << 12, low: low & ~(3 << 62) | 2 << 62)
  }

  private init(high: UInt64, low: UInt64) {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for digit in 0..<32 {
      if digit == 8 || digit == 12 || digit == 16 || digit == 20 { text.append(ASCII.hyphen) }
      let word = digit < 16 ? high : low
      let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit % 16 * 4)) & 15
      text.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
    }
    self.text = String(decoding: text, as: UTF8.self)
  }
}
