internal import Bytes

// Bytes from the network in a line. What is plain is copied, many bytes at once; all else is written so that it ends
// neither the text nor the line and does nothing to a terminal.
extension ByteWriter {
  /// Inside a JSON string (RFC 8259 section 7). Text in UTF-8 stays, but for control characters; a byte that is none becomes
  /// `\xNN`, with a backslash that the string's reader sees.
  mutating func append(jsonText bytes: RawSpan) {
    var index = 0
    while index < bytes.byteCount {
      let end = bytes.endOfPlain(from: index)
      append(bytes.extracting(from: index, to: end))
      guard end < bytes.byteCount else { return }
      index = appendJSONEscape(bytes, at: end)
    }
  }

  /// Writes the byte or character at `index`, and returns where the next one begins.
  private mutating func appendJSONEscape(_ bytes: RawSpan, at index: Int) -> Int {
    let byte = bytes[index]
    if byte < 0x80 {
      if byte == 0x22 || byte == 0x5C {
        append(0x5C)
        append(byte)
      } else {
        append("\\u00")
        append(hexadecimalByte: byte)
      }
      return index &+ 1
    }
    let length = bytes.characterLength(at: index)
    guard length > 0 else {
      append("\\\\x")
      append(hexadecimalByte: byte)
      return index &+ 1
    }
    if length == 2, byte == 0xC2, bytes[index &+ 1] < 0xA0 {
      // U+0080 to U+009F: controls, which some terminals obey.
      append("\\u00")
      append(hexadecimalByte: bytes[index &+ 1])
    } else {
      append(bytes.extracting(from: index, to: index &+ length))
    }
    return index &+ length
  }

  /// In a line of the combined format, inside quotes or not: as nginx does it, so that readers need not know of escapes.
  mutating func append(plainText bytes: RawSpan, quoted: Bool) {
    var index = 0
    while index < bytes.byteCount {
      let byte = bytes[index]
      let isPlain = byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
      if isPlain || (byte == 0x20 && quoted) {
        append(byte)
      } else {
        append("\\x")
        append(hexadecimalByte: byte)
      }
      index &+= 1
    }
  }

  private mutating func append(hexadecimalByte byte: UInt8) {
    append(hexadecimalDigit: byte &>> 4)
    append(hexadecimalDigit: byte & 0x0F)
  }

  private mutating func append(hexadecimalDigit digit: UInt8) { append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
}

extension RawSpan {
  /// The first byte at or behind `start` that JSON or a terminal gives a meaning to, or that is no ASCII; else the end.
  fileprivate func endOfPlain(from start: Int) -> Int {
    var index = start
    while byteCount &- index >= 8 {
      let word = UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let found = Self.marks(word)
      guard found == 0 else { return index &+ found.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < byteCount {
      let byte = self[index]
      guard byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C else { return index }
      index &+= 1
    }
    return index
  }

  /// The high bit of each byte that is not plain. Above the lowest one found there may be more than that.
  private static func marks(_ word: UInt64) -> UInt64 {
    let (ones, highs) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
    let controls = (word &- ones &* 0x20) & ~word
    return (word | controls | zeros(word ^ ones &* 0x22) | zeros(word ^ ones &* 0x5C) | zeros(word ^ ones &* 0x7F))
      & highs
  }

  /// Bytes of the character in UTF-8 that begins there (Unicode 16, table 3-7); 0: none does.
  fileprivate func characterLength(at index: Int) -> Int {
    func isNext(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      index &+ offset < byteCount && range.contains(self[index &+ offset])
    }
    switch self[index] {
    case 0xC2...0xDF: return isNext(1) ? 2 : 0
    case 0xE0: return isNext(1, 0xA0...0xBF) && isNext(2) ? 3 : 0
    case 0xE1...0xEC, 0xEE...0xEF: return isNext(1) && isNext(2) ? 3 : 0
    case 0xED: return isNext(1, 0x80...0x9F) && isNext(2) ? 3 : 0
    case 0xF0: return isNext(1, 0x90...0xBF) && isNext(2) && isNext(3) ? 4 : 0
    case 0xF1...0xF3: return isNext(1) && isNext(2) && isNext(3) ? 4 : 0
    case 0xF4: return isNext(1, 0x80...0x8F) && isNext(2) && isNext(3) ? 4 : 0
    default: return 0
    }
  }
}
