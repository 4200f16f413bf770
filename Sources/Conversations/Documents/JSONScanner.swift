/// Where a JSON text is invalid, and what the grammar expects there.
package struct JSONSyntaxError: Error, Equatable {
  /// In bytes.
  package var offset: Int
  package var expected: String
}

/// Finds the byte ranges of the values of a JSON text (RFC 8259) without decoding them, so that messages are moved byte by
/// byte, and a million contexts can be read.
///
/// It checks the whole text: UTF-8, grammar, depth. It cannot trap.
package struct JSONScanner {
  /// Far deeper than the state of any task.
  static let depthLimit = 64

  private let bytes: [UInt8]
  private var index: Int
  private let end: Int

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    index = range.lowerBound
    end = range.upperBound
  }

  /// The members of the object in `bytes`, in order. Members with equal names are all included.
  package static func members(of bytes: [UInt8]) throws(JSONSyntaxError) -> [(name: Range<Int>, value: Range<Int>)] {
    try checkEncoding(bytes)
    var reader = JSONScanner(bytes, 0..<bytes.count)
    reader.skipSpace()
    guard reader.peek() == UInt8(ascii: "{") else { throw reader.error("an object, beginning with \"{\"") }
    var members: [(name: Range<Int>, value: Range<Int>)] = []
    try reader.object { (reader: inout JSONScanner, name) throws(JSONSyntaxError) in
      members.append((name, try reader.value(depth: 1)))
    }
    try reader.expectEnd()
    return members
  }

  /// The elements of the array in `bytes`.
  package static func elements(of bytes: [UInt8]) throws(JSONSyntaxError) -> [Range<Int>] {
    try checkEncoding(bytes)
    return try elements(of: bytes, in: 0..<bytes.count)
  }

  /// The single value of any kind in `bytes`, without surrounding white space.
  package static func value(in bytes: [UInt8]) throws(JSONSyntaxError) -> [UInt8] {
    try checkEncoding(bytes)
    var reader = JSONScanner(bytes, 0..<bytes.count)
    reader.skipSpace()
    let range = try reader.value(depth: 0)
    try reader.expectEnd()
    return Array(bytes[range])
  }

  /// The elements of the array at `range` of valid UTF-8 text.
  static func elements(of bytes: [UInt8], in range: Range<Int>) throws(JSONSyntaxError) -> [Range<Int>] {
    var reader = JSONScanner(bytes, range)
    reader.skipSpace()
    guard reader.peek() == UInt8(ascii: "[") else { throw reader.error("a list, beginning with \"[\"") }
    var elements: [Range<Int>] = []
    try reader.array { (reader: inout JSONScanner) throws(JSONSyntaxError) in
      elements.append(try reader.value(depth: 1))
    }
    try reader.expectEnd()
    return elements
  }

  /// Every value of the text, in its order.
  static func nodes(of bytes: [UInt8]) throws(JSONSyntaxError) -> [JSONTree.Node] {
    guard bytes.count <= UInt32.max else { throw JSONSyntaxError(offset: 0, expected: "less than 4 GiB") }
    try checkEncoding(bytes)
    var reader = JSONScanner(bytes, 0..<bytes.count)
    var nodes: [JSONTree.Node] = []
    nodes.reserveCapacity(bytes.count / 16 + 4)
    reader.skipSpace()
    try reader.node(0..<0, depth: 0, &nodes)
    try reader.expectEnd()
    return nodes
  }

  private static func checkEncoding(_ bytes: [UInt8]) throws(JSONSyntaxError) {
    do throws(UTF8.ValidationError) { _ = try UTF8Span(validating: bytes.span) } catch {
      throw JSONSyntaxError(offset: error.byteOffsets.lowerBound, expected: "UTF-8 text")
    }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> Range<Int> {
    guard depth < Self.depthLimit else { throw error("at most \(Self.depthLimit) levels") }
    let start = index
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (reader: inout JSONScanner, _) throws(JSONSyntaxError) in _ = try reader.value(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { (reader: inout JSONScanner) throws(JSONSyntaxError) in _ = try reader.value(depth: depth + 1) }
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
    return start..<index
  }

  /// Notes the value that begins here, and before the next one all that it contains.
  private mutating func node(
    _ name: Range<Int>, depth: Int, _ nodes: inout [JSONTree.Node]
  ) throws(JSONSyntaxError) {
    guard depth < Self.depthLimit else { throw error("at most \(Self.depthLimit) levels") }
    let (place, kind) = (nodes.count, JSONTree.Kind(first: peek()))
    nodes.append(JSONTree.Node(kind, from: index, name: name))
    switch kind {
    case .object:
      try object { (reader: inout JSONScanner, name) throws(JSONSyntaxError) in
        try reader.node(name.lowerBound + 1..<name.upperBound - 1, depth: depth + 1, &nodes)
      }
    case .list:
      try array { (reader: inout JSONScanner) throws(JSONSyntaxError) in
        try reader.node(0..<0, depth: depth + 1, &nodes)
      }
    case .text, .number, .truth, .null: _ = try value(depth: depth)
    }
    nodes[place].end(at: index, next: nodes.count)
  }

  /// - Parameter read: reads the value of the member with this name.
  private mutating func object(
    _ read: (inout JSONScanner, Range<Int>) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    while true {
      let name = index
      guard peek() == UInt8(ascii: "\"") else { throw error("a name in double quotes") }
      try string()
      let nameEnd = index
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("\":\"") }
      skipSpace()
      try read(&self, name..<nameEnd)
      skipSpace()
      if take(UInt8(ascii: "}")) { return }
      guard take(UInt8(ascii: ",")) else { throw error("\",\" or \"}\"") }
      skipSpace()
    }
  }

  private mutating func array(
    _ read: (inout JSONScanner) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    index += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    while true {
      try read(&self)
      skipSpace()
      if take(UInt8(ascii: "]")) { return }
      guard take(UInt8(ascii: ",")) else { throw error("\",\" or \"]\"") }
      skipSpace()
    }
  }

  private mutating func string() throws(JSONSyntaxError) {
    index += 1
    while index < end {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return
      }
      if byte < 0x20 { throw error("the rest of a text, with control characters as \\u00..") }
      index += 1
      if byte == UInt8(ascii: "\\") { try escape() }
    }
    throw error("the closing quote of a text")
  }

  private mutating func escape() throws(JSONSyntaxError) {
    guard let byte = peek() else { throw error("the rest of an escape") }
    switch byte {
    case UInt8(ascii: "u"):
      guard index + 4 < end, bytes[(index + 1)...(index + 4)].allSatisfy({ Self.isHexadecimal($0) }) else {
        throw error("four hexadecimal digits after \\u")
      }
      index += 5
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      index += 1
    default: throw error("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")
    }
  }

  private mutating func number() throws(JSONSyntaxError) {
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
  }

  private mutating func digits() throws(JSONSyntaxError) {
    let start = index
    while let byte = peek(), (0x30...0x39).contains(byte) { index += 1 }
    guard index > start else { throw error("a value") }
  }

  private mutating func word(_ word: StaticString) throws(JSONSyntaxError) {
    let start = index
    for character in "\(word)".utf8 {
      guard take(character) else {
        index = start
        throw error("a value")
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

  private mutating func expectEnd() throws(JSONSyntaxError) {
    skipSpace()
    guard index == end else { throw error("the end") }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }

  private func error(_ expected: String) -> JSONSyntaxError { JSONSyntaxError(offset: index, expected: expected) }
}
