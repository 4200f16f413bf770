/// Every value of a JSON text as a range of its bytes, found in one pass: members are looked up by path, and changed without
/// touching the other bytes.
///
/// A value is named by its place in the order of the text; 0 is the whole.
package struct JSONTree: Sendable {
  package let bytes: [UInt8]
  private let nodes: [Node]

  package init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
    nodes = try JSONScanner.nodes(of: bytes)
    self.bytes = bytes
  }

  enum Kind: UInt8, Sendable {
    case object, list, text, number, truth, null

    /// What begins with this byte; what begins no value counts as a number, which the scanner then refuses.
    init(first byte: UInt8?) {
      self =
        switch byte {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .list
        case UInt8(ascii: "\""): .text
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .truth
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// For errors: what a value is.
    var words: String {
      switch self {
      case .object: "an object"
      case .list: "a list"
      case .text: "a text"
      case .number: "a number"
      case .truth: "true or false"
      case .null: "null"
      }
    }
  }

  struct Node: Sendable {
    let kind: Kind
    private let start: UInt32
    private var end: UInt32 = 0
    /// The name of a member, without its quotes.
    private let nameStart, nameEnd: UInt32
    /// The node after all that this one contains.
    private var following: UInt32 = 0

    init(_ kind: Kind, from start: Int, name: Range<Int>) {
      self.kind = kind
      self.start = UInt32(truncatingIfNeeded: start)
      nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
      nameEnd = UInt32(truncatingIfNeeded: name.upperBound)
    }

    mutating func end(at end: Int, next: Int) {
      self.end = UInt32(truncatingIfNeeded: end)
      following = UInt32(truncatingIfNeeded: next)
    }

    var range: Range<Int> { Int(start)..<Int(end) }
    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var next: Int { Int(following) }
  }

  // MARK: Looking up

  func kind(_ node: Int) -> Kind { nodes[node].kind }
  func range(_ node: Int) -> Range<Int> { nodes[node].range }
  func value(_ node: Int) -> ArraySlice<UInt8> { bytes[nodes[node].range] }
  func isNull(_ node: Int) -> Bool { nodes[node].kind == .null }

  /// The elements of a list, or the values of an object; none of anything else.
  func children(_ node: Int) -> [Int] {
    var (children, child): ([Int], Int) = ([], node + 1)
    while child < nodes[node].next {
      children.append(child)
      child = nodes[child].next
    }
    return children
  }

  /// Whether it is `[]` or `{}`.
  func isEmpty(_ node: Int) -> Bool {
    (nodes[node].kind == .list || nodes[node].kind == .object) && nodes[node].next == node + 1
  }

  /// The member of an object; the last one with this name, as in most JSON readers, including those of PHP and Redis.
  func member(_ name: [UInt8], of node: Int) -> Int? {
    guard nodes[node].kind == .object else { return nil }
    var (found, child): (Int?, Int) = (nil, node + 1)
    while child < nodes[node].next {
      if isName(nodes[child].name, name) { found = child }
      child = nodes[child].next
    }
    return found
  }

  /// Nil where a name of the path is missing.
  func find(_ path: [[UInt8]], from node: Int = 0) -> Int? {
    var node = node
    for name in path {
      guard let member = member(name, of: node) else { return nil }
      node = member
    }
    return node
  }

  private func isName(_ range: Range<Int>, _ name: [UInt8]) -> Bool {
    // Every escape is longer than what it stands for.
    guard range.count >= name.count else { return false }
    if range.count == name.count {
      for (index, byte) in zip(range, name) where bytes[index] != byte { return false }
      return true
    }
    return bytes[range].contains(UInt8(ascii: "\\")) && JSONEscapes.decoded(bytes[range]) == name
  }

  /// The decoded name of a member.
  func name(_ node: Int) -> [UInt8] { JSONEscapes.decoded(bytes[nodes[node].name]) }

  /// The decoded content of a text; nil for anything else.
  func text(_ node: Int) -> [UInt8]? {
    guard nodes[node].kind == .text else { return nil }
    return JSONEscapes.decoded(value(node).dropFirst().dropLast())
  }

  // MARK: Changing

  /// The text with this value at the path; every byte outside the value stays. Missing objects on the way are made, also from
  /// null and from `[]`, which is how PHP writes an empty one. Nil where something else is in the way.
  func setting(_ path: [[UInt8]], to value: [UInt8], from start: Int = 0) -> [UInt8]? {
    var node = start
    for (depth, name) in path.enumerated() {
      if let member = member(name, of: node) {
        node = member
        continue
      }
      let made = Self.nested(path[depth...], value)
      if isNull(node) || isEmpty(node) && kind(node) == .list { return replacing(node, by: made) }
      guard kind(node) == .object else { return nil }
      let content = made.dropFirst().dropLast()
      guard let last = children(node).last else { return replacing(node, by: made) }
      let end = range(last).upperBound
      return replacing(end..<end, by: [UInt8(ascii: ",")] + content)
    }
    return replacing(node, by: value)
  }

  /// The text with another value in the place of this one.
  func replacing(_ node: Int, by value: some Collection<UInt8>) -> [UInt8] {
    replacing(range(node), by: value)
  }

  private func replacing(_ range: Range<Int>, by value: some Collection<UInt8>) -> [UInt8] {
    var bytes = bytes
    bytes.replaceSubrange(range, with: value)
    return bytes
  }

  /// `{"a":{"b":VALUE}}`
  private static func nested(_ path: ArraySlice<[UInt8]>, _ value: [UInt8]) -> [UInt8] {
    path.reversed().reduce(value) { inner, name in
      [UInt8(ascii: "{")] + JSONBytes.quoted(String(decoding: name, as: UTF8.self)) + [UInt8(ascii: ":")] + inner
        + [UInt8(ascii: "}")]
    }
  }
}
