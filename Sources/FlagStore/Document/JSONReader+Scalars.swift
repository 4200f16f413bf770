/// Strings and numbers.
extension JSONReader {
  /// RFC 8259 section 7. The opening quote is at `index`.
  mutating func string() throws(JSONFault) -> String {
    let opening = index
    index += 1
    var content: [UInt8] = []
    var runStart = index
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        content += bytes[runStart..<index]
        index += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        content += bytes[runStart..<index]
        content += Array(String(try escape()).utf8)
        runStart = index
      case 0..<0x20:
        throw fault(
          expected: "the rest of the text", advice: "close the text with \" or write the character as \\u00..")
      default: index += 1
      }
    }
    let start = JSONText.position(of: opening, in: bytes)
    throw fault(expected: "the closing quote of the text from line \(start.line)", advice: "close the text with \"")
  }

  /// One escape; the backslash is at `index`.
  private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
    let start = index
    index += 1
    guard let byte = peek() else { throw fault(expected: "the rest of the escape", advice: "close the text with \"") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      if let scalar = unicodeEscape() { return scalar }
      index = start
      throw fault(expected: "\\u and four hexadecimal digits of a character", advice: "write the character itself")
    default:
      index = start
      throw fault(expected: "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", advice: "write a backslash as \\\\")
    }
  }

  /// The scalar of `XXXX`, or of a surrogate pair `XXXX\uXXXX`; nil for a lone surrogate or other digits.
  private mutating func unicodeEscape() -> Unicode.Scalar? {
    guard let first = fourDigits() else { return nil }
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
    guard take("\\"), take("u"), let second = fourDigits(), (0xDC00..<0xE000).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private mutating func fourDigits() -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    var number: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      number = number << 4 | UInt32(digit)
    }
    index += 4
    return number
  }

  /// RFC 8259 section 6; the first character is at `index`.
  mutating func number() throws(JSONFault) -> String {
    let start = index
    _ = take("-")
    if !take("0") {
      try digits()
    } else if let byte = peek(), Self.isDigit(byte) {
      throw fault(expected: "no digit after a leading zero", advice: "remove the leading zero")
    }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    guard index - start <= Self.numberLimit else {
      index = start
      throw fault(expected: "a number of at most \(Self.numberLimit) characters", advice: "shorten the number")
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() throws(JSONFault) {
    let start = index
    while let byte = peek(), Self.isDigit(byte) { index += 1 }
    guard index > start else { throw fault(expected: "a digit", advice: "write the number in full") }
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
