/// A strict reader of RFC 8259 JSON over untrusted bytes.
///
/// Foundation's reader keeps the last of two members with one name, forgets their order and position, and words its errors
/// differently from version to version. A flag that is defined twice must be refused, and an error must name its line.
///
/// The reader cannot trap, and its memory is bounded: depth, length of numbers and count of values are limited here, the
/// bytes by the caller.
package struct JSONReader {
  /// A flag file has 3 levels.
  static let depthLimit = 16
  /// Values in one text: enough for the user lists of a 16 MiB flag file.
  static let valueLimit = 1_000_000
  /// Bytes of one number.
  static let numberLimit = 64

  let bytes: [UInt8]
  var index = 0
  private var valueCount = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The one value in `bytes`.
  package static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONNode {
    try checkEncoding(bytes)
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let node = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.peek() == nil else {
      throw reader.error(expected: "the end of the file", advice: "remove what follows the closing bracket")
    }
    return node
  }

  private static func checkEncoding(_ bytes: [UInt8]) throws(JSONError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw JSONError(
        offset: 0, found: "a byte order mark", expected: "\"{\"", advice: "save the file as UTF-8 without one")
    }
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let offset = error.byteOffsets.lowerBound
      throw JSONError(
        offset: offset, found: "the byte 0x\(String(bytes[offset], radix: 16, uppercase: true))",
        expected: "UTF-8 text", advice: "save the file as UTF-8")
    }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONError) -> JSONNode {
    guard depth < Self.depthLimit else {
      throw error(expected: "at most \(Self.depthLimit) levels", advice: "remove the nested lists and objects")
    }
    valueCount += 1
    guard valueCount <= Self.valueLimit else {
      throw error(expected: "at most \(Self.valueLimit) values", advice: "shorten the lists of users")
    }
    let start = index
    let value: JSONValue
    switch peek() {
    case UInt8(ascii: "{"): value = .object(try members(depth: depth))
    case UInt8(ascii: "["): value = .array(try elements(depth: depth))
    case UInt8(ascii: "\""): value = .string(try string())
    case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): value = .number(try number())
    default: value = try word()
    }
    return JSONNode(value: value, range: start..<index)
  }

  private mutating func members(depth: Int) throws(JSONError) -> [JSONMember] {
    var members: [JSONMember] = []
    index += 1
    skipSpace()
    if take("}") { return members }
    while true {
      guard peek() == UInt8(ascii: "\"") else {
        throw error(
          expected: "a name in double quotes",
          advice: members.isEmpty ? "write the name in double quotes" : "remove the comma before it, or add a member")
      }
      let start = index
      let name = try string()
      let range = start..<index
      skipSpace()
      guard take(":") else { throw error(expected: "\":\"", advice: "write a colon between the name and its value") }
      skipSpace()
      members.append(JSONMember(name: name, nameRange: range, node: try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return members }
      guard take(",") else { throw error(expected: "\",\" or \"}\"", advice: "separate members with a comma") }
      skipSpace()
    }
  }

  private mutating func elements(depth: Int) throws(JSONError) -> [JSONNode] {
    var elements: [JSONNode] = []
    index += 1
    skipSpace()
    if take("]") { return elements }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw error(expected: "\",\" or \"]\"", advice: "separate entries with a comma") }
      skipSpace()
    }
  }

  private mutating func word() throws(JSONError) -> JSONValue {
    let start = index
    while let byte = peek(), Self.isLetter(byte), index - start < 16 { index += 1 }
    switch String(decoding: bytes[start..<index], as: UTF8.self) {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case let other:
      index = start
      var unknown = error(expected: "a value", advice: "write a number, true, false or an object")
      if !other.isEmpty { unknown.found = other }
      throw unknown
    }
  }

  // MARK: Bytes

  /// Line and column of a byte offset, both from 1; the column counts Unicode scalars. The bytes are UTF-8 up to there.
  package static func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    let before = bytes.prefix(max(offset, 0))
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    // A continuation byte of UTF-8 is 0b10xxxxxx.
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return (line, column)
  }

  func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { index += 1 }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// The error of finding what is at `index`.
  private func error(expected: String, advice: String) -> JSONError {
    JSONError(offset: index, found: found, expected: expected, advice: advice)
  }

  private var found: String {
    guard let byte = peek() else { return "the end of the file" }
    guard byte >= 0x20, byte != 0x7F else { return "the control character 0x\(String(byte, radix: 16))" }
    // Whole characters: a scalar has 4 bytes at most.
    let next = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self).unicodeScalars.prefix(1)
    return "\"\(String(next))\""
  }
}

// MARK: Strings and numbers

extension JSONReader {
  /// RFC 8259 section 7. The opening quote is at `index`.
  mutating func string() throws(JSONError) -> String {
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
        throw error(
          expected: "the rest of the text", advice: "close the text with \" or write the character as \\u00..")
      default: index += 1
      }
    }
    let start = Self.position(of: opening, in: bytes)
    throw error(expected: "the closing quote of the text from line \(start.line)", advice: "close the text with \"")
  }

  /// One escape; the backslash is at `index`.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = index
    index += 1
    guard let byte = peek() else { throw error(expected: "the rest of the escape", advice: "close the text with \"") }
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
      throw error(expected: "\\u and four hexadecimal digits of a character", advice: "write the character itself")
    default:
      index = start
      throw error(expected: "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", advice: "write a backslash as \\\\")
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
  mutating func number() throws(JSONError) -> String {
    let start = index
    _ = take("-")
    if !take("0") {
      try digits()
    } else if let byte = peek(), Self.isDigit(byte) {
      throw error(expected: "no digit after a leading zero", advice: "remove the leading zero")
    }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    guard index - start <= Self.numberLimit else {
      index = start
      throw error(expected: "a number of at most \(Self.numberLimit) characters", advice: "shorten the number")
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() throws(JSONError) {
    let start = index
    while let byte = peek(), Self.isDigit(byte) { index += 1 }
    guard index > start else { throw error(expected: "a digit", advice: "write the number in full") }
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

// MARK: The tree

/// One JSON value (RFC 8259) and where it stands in the text, so that an error can name its line and an unchanged value
/// can be written back as it was.
package struct JSONNode: Sendable {
  package var value: JSONValue
  /// Byte offsets in the text.
  package let range: Range<Int>
}

/// Numbers stay text, since only the reader of a value knows its type. Members keep their order, and duplicates stay.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONNode])
  case object([JSONMember])

  /// The value in words, for errors: `10`, `the text "abc"`, `a list`.
  package var found: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): text
    case .string(let text): "the text \(JSONText.quoted(text, limit: 40))"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

package struct JSONMember: Sendable {
  package var name: String
  package let nameRange: Range<Int>
  package var node: JSONNode

  package init(name: String, nameRange: Range<Int>, node: JSONNode) {
    self.name = name
    self.nameRange = nameRange
    self.node = node
  }
}

/// Why a text is not the JSON that was expected, and the byte where that shows.
package struct JSONError: Error {
  package var offset: Int
  package var found: String
  package var expected: String
  package var advice: String

  /// The text is JSON, but not the value that the caller expected.
  package init(found: String, expected: String) {
    self.init(offset: 0, found: found, expected: expected, advice: "")
  }

  init(offset: Int, found: String, expected: String, advice: String) {
    self.offset = offset
    self.found = found
    self.expected = expected
    self.advice = advice
  }
}
