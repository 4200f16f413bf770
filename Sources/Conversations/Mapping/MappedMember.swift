/// The two values of a context that correspond to each other.
enum MappingSide: Sendable {
  case legacy, unified

  var other: MappingSide { self == .legacy ? .unified : .legacy }
}

/// One row of the layout's table, its names resolved to bytes: what both sides hold, as the other has it.
///
/// A class, like `Mapping`: a table is made once, and copies of a struct with so many members would cost more than the work.
final class MappedMember: Sendable {
  let take: MemberRow.Take
  /// `nil` means that the legacy value has no such member.
  let legacy: [[UInt8]]?
  /// Below `part`; empty: all of it. Nil: the conversation has no such member.
  let unified: [[UInt8]]?
  let part: ConversationPart
  let each: [Sub]
  /// See `MemberRow.member` and `.when`.
  let member: [UInt8]?
  let when: (member: [UInt8], text: [UInt8])?
  let time: TimePair?
  /// What a side gets where the other has nothing. Without a value in the row, null; for a list `[]`.
  let fallback: [UInt8]
  let fallbackMeaning: [UInt8]
  /// `pendingActions` and `state.pending_confirmation`: for errors and differences.
  private let legacyName, unifiedName: String

  final class Sub: Sendable {
    let legacy, unified: Name
    let time: TimePair?

    struct Name: Sendable {
      let bytes, quoted: [UInt8]

      init(_ text: String) {
        bytes = Array(text.utf8)
        quoted = JSONBytes.quoted(text)
      }
    }

    init(_ sub: SubMember) {
      legacy = Name(sub.legacy)
      unified = Name(sub.unified)
      time = sub.time
    }

    func name(_ side: MappingSide) -> [UInt8] { side == .legacy ? legacy.bytes : unified.bytes }
    func quoted(_ side: MappingSide) -> [UInt8] { side == .legacy ? legacy.quoted : unified.quoted }
  }

  init(_ row: MemberRow) {
    take = row.take
    legacy = row.legacy?.bytes
    unified = row.unified?.path.bytes
    part = row.unified?.part ?? .state
    each = row.each.map { Sub($0) }
    member = row.member.map { Array($0.utf8) }
    when = row.when.map { (Array($0.member.utf8), Array($0.text.utf8)) }
    time = row.time
    legacyName = row.legacy?.text ?? ""
    unifiedName = ([part.rawValue] + (row.unified?.path.names ?? [])).joined(separator: ".")
    let isList = Self.isList(row.take, each)
    fallback = row.value ?? Array((isList ? "[]" : "null").utf8)
    // The whole of a part may be an object, [] or null alike.
    let isWhole = row.unified?.path.names.isEmpty == true && fallback == Array("null".utf8)
    fallbackMeaning =
      isWhole ? Array("[]".utf8) : (try? JSONTree(fallback)).map { CanonicalJSON.bytes(0, of: $0) } ?? fallback
  }

  func path(_ side: MappingSide) -> [[UInt8]]? { side == .legacy ? legacy : unified }
  func name(_ side: MappingSide) -> String { side == .legacy ? legacyName : unifiedName }

  var isList: Bool { Self.isList(take, each) }

  private static func isList(_ take: MemberRow.Take, _ each: [Sub]) -> Bool {
    switch take {
    case .all: !each.isEmpty
    case .first, .last: true
    case .lastElement: false
    }
  }

  // MARK: Finding

  /// What the row is about: the member itself; of a legacy list with `take: last` its last element, or a member of that.
  /// Nil where it is missing or null.
  func subject(_ tree: JSONTree, _ side: MappingSide) throws(MappingError) -> Int? {
    guard let path = path(side), let node = tree.find(path), !tree.isNull(node) else { return nil }
    guard take == .lastElement, side == .legacy else { return node }
    guard let last = try elements(node, of: tree, side).last, holds(last, of: tree) else { return nil }
    let subject = member.map { tree.member($0, of: last) } ?? last
    return subject.flatMap { tree.isNull($0) ? nil : $0 }
  }

  /// Whether an element meets the row's condition.
  func holds(_ element: Int, of tree: JSONTree) -> Bool {
    guard let when else { return true }
    return tree.member(when.member, of: element).flatMap { tree.text($0) } == when.text
  }

  /// The elements of a list. PHP writes one as an object with the numbers of the elements as names, when an element before
  /// the last was removed; and an empty object as an empty list.
  func elements(_ node: Int, of tree: JSONTree, _ side: MappingSide) throws(MappingError) -> [Int] {
    let children = tree.children(node)
    switch tree.kind(node) {
    case .list: return children
    case .object where children.allSatisfy({ tree.name($0).allSatisfy { (0x30...0x39).contains($0) } }): return children
    default: throw .wrongType(name(side), found: tree.kind(node).words, expected: "a list")
    }
  }

  /// Those that the other side has too.
  func visible(_ elements: [Int]) -> ArraySlice<Int> {
    switch take {
    case .first(let count): elements.prefix(count)
    case .last(let count): elements.suffix(count)
    case .all, .lastElement: elements[...]
    }
  }

  // MARK: Meaning

  /// Appends what this side means, as the conversation has it: equal for both sides that are in agreement.
  func appendMeaning(_ tree: JSONTree, _ side: MappingSide, to bytes: inout [UInt8]) throws(MappingError) {
    guard let subject = try subject(tree, side) else {
      bytes += fallbackMeaning
      return
    }
    guard isList else { return try appendMeaning(of: subject, tree, side, to: &bytes) }
    bytes.append(UInt8(ascii: "["))
    for (index, element) in visible(try elements(subject, of: tree, side)).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try appendMeaning(of: element, tree, side, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  func meaning(_ tree: JSONTree, _ side: MappingSide) throws(MappingError) -> [UInt8] {
    var bytes: [UInt8] = []
    try appendMeaning(tree, side, to: &bytes)
    return bytes
  }

  private func appendMeaning(
    of node: Int, _ tree: JSONTree, _ side: MappingSide, to bytes: inout [UInt8]
  ) throws(MappingError) {
    guard !each.isEmpty else { return try appendMeaning(of: node, tree, side, time, to: &bytes) }
    try checkElement(node, tree, side)
    bytes.append(UInt8(ascii: "{"))
    for (index, sub) in each.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += sub.unified.quoted
      bytes.append(UInt8(ascii: ":"))
      try appendMeaning(of: tree.member(sub.name(side), of: node), tree, side, sub.time, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// A single value; a missing one means null.
  private func appendMeaning(
    of node: Int?, _ tree: JSONTree, _ side: MappingSide, _ time: TimePair?, to bytes: inout [UInt8]
  ) throws(MappingError) {
    guard let node else {
      bytes += "null".utf8
      return
    }
    guard let time, !tree.isNull(node) else { return CanonicalJSON.append(node, of: tree, to: &bytes) }
    let format = side == .legacy ? time.legacy : time.unified
    let value = try StoredTime(node, of: tree, format, name(side))
    // What the coarser of both sides can say: the other one's fraction would never agree.
    bytes += value.json(.rfc3339, precision: time.coarser)
  }

  /// The meaning of what identifies an element: its first member, or all of it. Nil where that cannot be read.
  func identity(of node: Int, _ tree: JSONTree, _ side: MappingSide) -> [UInt8]? {
    var bytes: [UInt8] = []
    let subject = each.isEmpty ? node : tree.member(each[0].name(side), of: node)
    guard (try? appendMeaning(of: subject, tree, side, each.first?.time ?? time, to: &bytes)) != nil else { return nil }
    return bytes
  }

  func checkElement(_ node: Int, _ tree: JSONTree, _ side: MappingSide) throws(MappingError) {
    guard tree.kind(node) == .object || tree.isEmpty(node) else {
      throw .wrongType("an element of \(name(side))", found: tree.kind(node).words, expected: "an object")
    }
  }

  /// The meaning of one member of an element; nil where it cannot be read.
  func meaning(_ sub: Sub, of node: Int, _ tree: JSONTree, _ side: MappingSide) -> [UInt8]? {
    var bytes: [UInt8] = []
    let value = tree.member(sub.name(side), of: node)
    guard (try? appendMeaning(of: value, tree, side, sub.time, to: &bytes)) != nil else { return nil }
    return bytes
  }
}

extension MemberPath {
  var bytes: [[UInt8]] { names.map { Array($0.utf8) } }
  /// As a layout has it.
  package var text: String { names.joined(separator: ".") }
}

extension TimePair {
  /// The format that says less.
  var coarser: TimeFormat {
    if legacy == .seconds || unified == .seconds { return .seconds }
    return legacy == .milliseconds || unified == .milliseconds ? .milliseconds : .rfc3339
  }
}

extension StoredTime {
  /// The time at a node.
  ///
  /// - Parameter name: for errors.
  init(_ node: Int, of tree: JSONTree, _ format: TimeFormat, _ name: @autoclosure () -> String) throws(MappingError) {
    let expected: JSONTree.Kind = format == .rfc3339 ? .text : .number
    guard tree.kind(node) == expected else {
      throw .wrongType(
        name(), found: tree.kind(node).words,
        expected: format == .rfc3339 ? "a time in RFC 3339" : "a time in \(format)")
    }
    let text = format == .rfc3339 ? tree.text(node) ?? [] : Array(tree.value(node))
    do throws(ParseError) { try self.init(text, format) } catch {
      throw .time(name(), found: MappingError.excerpt(tree.value(node)), error)
    }
  }
}
