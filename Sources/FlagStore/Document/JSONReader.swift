/// A strict reader of RFC 8259 JSON over untrusted bytes.
///
/// Why not Foundation's: it keeps the last of two members of one name, forgets their order and where they stood, and its
/// errors change with the version. A flag that is there twice must be refused and a fault must name its line, so this
/// is the simpler way.
///
/// It cannot trap and cannot grow without bound: depth, numbers and the count of values are limited, and the caller
/// limits the bytes.
package struct JSONReader {
  /// Deeper than anything a flag file holds (3).
  static let depthLimit = 16
  /// Values in one text: the lists of a 16 MiB file with keys of a common length.
  static let valueLimit = 1_000_000
  /// Bytes of one number.
  static let numberLimit = 64

  let bytes: [UInt8]
  var index = 0
  private var valueCount = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The one value that `bytes` hold.
  package static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONNode {
    try checkEncoding(bytes)
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let node = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.peek() == nil else {
      throw reader.fault(expected: "the end of the file", advice: "remove what follows the closing bracket")
    }
    return node
  }

  private static func checkEncoding(_ bytes: [UInt8]) throws(JSONFault) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw JSONFault(
        offset: 0, found: "a byte order mark", expected: "\"{\"", advice: "save the file as UTF-8 without one")
    }
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      let offset = error.byteOffsets.lowerBound
      throw JSONFault(
        offset: offset, found: "the byte 0x\(String(bytes[offset], radix: 16, uppercase: true))",
        expected: "UTF-8 text", advice: "save the file as UTF-8")
    }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONFault) -> JSONNode {
    guard depth < Self.depthLimit else {
      throw fault(expected: "at most \(Self.depthLimit) levels", advice: "remove the nested lists and objects")
    }
    valueCount += 1
    guard valueCount <= Self.valueLimit else {
      throw fault(expected: "at most \(Self.valueLimit) values", advice: "shorten the lists of users")
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

  private mutating func members(depth: Int) throws(JSONFault) -> [JSONMember] {
    var members: [JSONMember] = []
    index += 1
    skipSpace()
    if take("}") { return members }
    while true {
      guard peek() == UInt8(ascii: "\"") else {
        throw fault(
          expected: "a name in double quotes",
          advice: members.isEmpty ? "write the name in double quotes" : "remove the comma before it, or add a member")
      }
      let start = index
      let name = try string()
      let range = start..<index
      skipSpace()
      guard take(":") else { throw fault(expected: "\":\"", advice: "write a colon between the name and its value") }
      skipSpace()
      members.append(JSONMember(name: name, nameRange: range, node: try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return members }
      guard take(",") else { throw fault(expected: "\",\" or \"}\"", advice: "separate members with a comma") }
      skipSpace()
    }
  }

  private mutating func elements(depth: Int) throws(JSONFault) -> [JSONNode] {
    var elements: [JSONNode] = []
    index += 1
    skipSpace()
    if take("]") { return elements }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw fault(expected: "\",\" or \"]\"", advice: "separate entries with a comma") }
      skipSpace()
    }
  }

  private mutating func word() throws(JSONFault) -> JSONValue {
    let start = index
    while let byte = peek(), Self.isLetter(byte), index - start < 16 { index += 1 }
    switch String(decoding: bytes[start..<index], as: UTF8.self) {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case let other:
      index = start
      var fault = fault(expected: "a value", advice: "write a number, true, false or an object")
      if !other.isEmpty { fault.found = other }
      throw fault
    }
  }

  // MARK: Bytes

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

  /// The fault of finding what is at `index`.
  func fault(expected: String, advice: String) -> JSONFault {
    JSONFault(offset: index, found: found, expected: expected, advice: advice)
  }

  private var found: String {
    guard let byte = peek() else { return "the end of the file" }
    guard byte >= 0x20, byte != 0x7F else { return "the control character 0x\(String(byte, radix: 16))" }
    // Whole characters: a scalar has 4 bytes at most.
    let next = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self).unicodeScalars.prefix(1)
    return "\"\(String(next))\""
  }
}
