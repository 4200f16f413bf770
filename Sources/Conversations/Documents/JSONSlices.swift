/// Finds where the values of a JSON text (RFC 8259) stand, without making anything of them, so that a message is moved
/// byte by byte as it was written, and a million contexts can be read.
///
/// The whole text is checked: UTF-8, grammar, depth. It cannot trap.
package struct JSONSlices {
  package struct Fault: Error, Equatable {
    package var offset: Int
    package var expected: String
  }

  /// Deeper than the state of any task.
  static let depthLimit = 64

  private let bytes: [UInt8]
  private var index: Int
  private let end: Int

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    index = range.lowerBound
    end = range.upperBound
  }

  /// The members of the object that `bytes` are. Of two with one name both are given, in their order.
  package static func members(of bytes: [UInt8]) throws(Fault) -> [(name: Range<Int>, value: Range<Int>)] {
    try checkEncoding(bytes)
    var reader = JSONSlices(bytes, 0..<bytes.count)
    reader.skipSpace()
    guard reader.peek() == UInt8(ascii: "{") else { throw reader.fault("an object, beginning with \"{\"") }
    var members: [(name: Range<Int>, value: Range<Int>)] = []
    try reader.object(depth: 0) { members.append(($0, $1)) }
    try reader.expectEnd()
    return members
  }

  /// The elements of the array that `bytes` are.
  package static func elements(of bytes: [UInt8]) throws(Fault) -> [Range<Int>] {
    try checkEncoding(bytes)
    return try elements(of: bytes, in: 0..<bytes.count)
  }

  /// The one value of any kind that `bytes` are, without the space around it.
  package static func value(in bytes: [UInt8]) throws(Fault) -> [UInt8] {
    try checkEncoding(bytes)
    var reader = JSONSlices(bytes, 0..<bytes.count)
    reader.skipSpace()
    let range = try reader.value(depth: 0)
    try reader.expectEnd()
    return Array(bytes[range])
  }

  /// The elements of the array at `range`, in a text that was checked to be UTF-8.
  static func elements(of bytes: [UInt8], in range: Range<Int>) throws(Fault) -> [Range<Int>] {
    var reader = JSONSlices(bytes, range)
    reader.skipSpace()
    guard reader.peek() == UInt8(ascii: "[") else { throw reader.fault("a list, beginning with \"[\"") }
    var elements: [Range<Int>] = []
    try reader.array(depth: 0) { elements.append($0) }
    try reader.expectEnd()
    return elements
  }

  private static func checkEncoding(_ bytes: [UInt8]) throws(Fault) {
    do throws(UTF8.ValidationError) { _ = try UTF8Span(validating: bytes.span) } catch {
      throw Fault(offset: error.byteOffsets.lowerBound, expected: "UTF-8 text")
    }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(Fault) -> Range<Int> {
    guard depth < Self.depthLimit else { throw fault("at most \(Self.depthLimit) levels") }
    let start = index
    switch peek() {
    case UInt8(ascii: "{"): try object(depth: depth) { _, _ in }
    case UInt8(ascii: "["): try array(depth: depth) { _ in }
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
    return start..<index
  }

  private mutating func object(
    depth: Int, _ found: (Range<Int>, Range<Int>) -> Void
  ) throws(Fault) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    while true {
      let name = index
      guard peek() == UInt8(ascii: "\"") else { throw fault("a name in double quotes") }
      try string()
      let nameEnd = index
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("\":\"") }
      skipSpace()
      found(name..<nameEnd, try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "}")) { return }
      guard take(UInt8(ascii: ",")) else { throw fault("\",\" or \"}\"") }
      skipSpace()
    }
  }

  private mutating func array(depth: Int, _ found: (Range<Int>) -> Void) throws(Fault) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    while true {
      found(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return }
      guard take(UInt8(ascii: ",")) else { throw fault("\",\" or \"]\"") }
      skipSpace()
    }
  }

  private mutating func string() throws(Fault) {
    index += 1
    while index < end {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return
      }
      if byte < 0x20 { throw fault("the rest of a text, with control characters as \\u00..") }
      index += 1
      if byte == UInt8(ascii: "\\") { try escape() }
    }
    throw fault("the closing quote of a text")
  }

  private mutating func escape() throws(Fault) {
    guard let byte = peek() else { throw fault("the rest of an escape") }
    switch byte {
    case UInt8(ascii: "u"):
      guard index + 4 < end, bytes[(index + 1)...(index + 4)].allSatisfy({ Self.isHexadecimal($0) }) else {
        throw fault("four hexadecimal digits after \\u")
      }
      index += 5
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      index += 1
    default: throw fault("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")
    }
  }

  private mutating func number() throws(Fault) {
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
  }

  private mutating func digits() throws(Fault) {
    let start = index
    while let byte = peek(), (0x30...0x39).contains(byte) { index += 1 }
    guard index > start else { throw fault("a value") }
  }

  private mutating func word(_ word: StaticString) throws(Fault) {
    let start = index
    for character in "\(word)".utf8 {
      guard take(character) else {
        index = start
        throw fault("a value")
      }
    }
  }

  // MARK: Bytes

  private func peek() -> UInt8? { index < end ? bytes[index] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { index += 1 }
  }

  private mutating func expectEnd() throws(Fault) {
    skipSpace()
    guard index == end else { throw fault("the end") }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }

  private func fault(_ expected: String) -> Fault { Fault(offset: index, expected: expected) }
}
