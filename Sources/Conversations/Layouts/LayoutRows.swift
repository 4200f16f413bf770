internal import YAML

/// Reads the rows of `members`. Each row is checked by itself here, and against the others and the forms of the values in
/// `LayoutChecks`.
extension LayoutReader {
  /// A row and where it stands.
  struct PlacedRow {
    var row: MemberRow
    var key: String
    var line: Int
  }

  private static let rowKeys = ["legacy", "unified", "value", "take", "each", "member", "when", "time"]

  /// Nil, with a problem, when there are none.
  mutating func rows(_ role: Section) -> [PlacedRow]? {
    let key = role.prefix + "members"
    guard let node = role.values["members"], !node.isNothing else {
      missing("members", of: role, "a list of rows, such as {legacy: flow, unified: state.flow}")
      return nil
    }
    return document.items(node, at: key, of: "rows", atMost: LayoutLimits.rows)?.enumerated().compactMap {
      index, item in
      row(item, at: "\(key)[\(index)]")
    }
  }

  private mutating func row(_ node: YAMLNode, at key: String) -> PlacedRow? {
    let before = document.problems.count
    guard let section = document.section(withoutScripts(node, at: key), at: key, known: Self.rowKeys) else {
      if node.isNothing { document.report(key, line: node.line, "found nothing, expected a row") }
      return nil
    }
    let row = MemberRow(
      legacy: optional("legacy", of: section, as: .memberPath),
      unified: optional("unified", of: section, as: .unifiedMember), value: value(section),
      take: optional("take", of: section, as: .take) ?? .all, each: each(section),
      member: optional("member", of: section, as: .memberName), when: when(section), time: time(section))
    guard document.problems.count == before else { return nil }
    for problem in Self.problems(of: row) { document.report(key, line: node.line, problem) }
    return document.problems.count == before ? PlacedRow(row: row, key: key, line: node.line) : nil
  }

  /// Keys that stand for a script are refused with the reason, not as unknown ones.
  private mutating func withoutScripts(_ node: YAMLNode, at key: String) -> YAMLNode {
    guard case .mapping(let pairs) = node.content else { return node }
    var node = node
    node.content = .mapping(pairs.filter { !LayoutRefusal.scripts.contains(text(of: $0.key)) })
    for (name, _) in pairs where LayoutRefusal.scripts.contains(text(of: name)) {
      document.report("\(key).\(text(of: name))", line: name.line, LayoutRefusal.isTable)
    }
    return node
  }

  // MARK: The parts of a row

  private mutating func value(_ section: Section) -> [UInt8]? {
    guard let node = section.values["value"] else { return nil }
    let bytes = node.json
    guard bytes.count <= LayoutLimits.templateBytes else {
      let expected = "expected at most \(LayoutLimits.templateBytes)"
      document.report(section.prefix + "value", line: node.line, "found \(bytes.count) bytes, \(expected)")
      return nil
    }
    return bytes
  }

  private mutating func each(_ section: Section) -> [SubMember] {
    let key = section.prefix + "each"
    guard let node = section.values["each"],
      let pairs = pairs(
        of: node, at: key, "LEGACY: UNIFIED, such as {product_id: product_id}", atMost: LayoutLimits.subMembers)
    else { return [] }
    if pairs.isEmpty { document.report(key, line: node.line, "found no members, expected at least one") }
    return pairs.compactMap { name, value in
      guard let legacy = member(name, at: key, as: .memberName) else { return nil }
      let place = "\(key).\(legacy)"
      guard case .mapping = value.content else {
        return document.value(of: value, at: place, as: .memberName).map {
          SubMember(legacy: legacy, unified: $0, time: nil)
        }
      }
      guard let section = document.section(value, at: place, known: ["unified", "time"]),
        let unified = needed("unified", of: section, as: .memberName)
      else { return nil }
      return SubMember(legacy: legacy, unified: unified, time: time(section))
    }
  }

  private mutating func when(_ section: Section) -> MemberRow.Condition? {
    let key = section.prefix + "when"
    guard let node = section.values["when"], let pairs = pairs(of: node, at: key, "MEMBER: TEXT", atMost: 1),
      let (name, value) = pairs.first, let member = member(name, at: key, as: .memberName),
      let text = document.value(of: value, at: "\(key).\(member)", as: .shortText)
    else { return nil }
    return MemberRow.Condition(member: member, text: text)
  }

  /// One format for both sides, or one for each.
  private mutating func time(_ section: Section) -> TimePair? {
    guard let node = section.values["time"] else { return nil }
    let key = section.prefix + "time"
    guard case .mapping = node.content else {
      return document.value(of: node, at: key, as: Scalar<TimeFormat>.choice).map { TimePair(legacy: $0, unified: $0) }
    }
    guard let sides = document.section(node, at: key, known: ["legacy", "unified"]) else { return nil }
    let legacy = needed("legacy", of: sides, as: Scalar<TimeFormat>.choice)
    let unified = needed("unified", of: sides, as: Scalar<TimeFormat>.choice)
    guard let legacy, let unified else { return nil }
    return TimePair(legacy: legacy, unified: unified)
  }

  // MARK: What makes no sense in one row

  private static func problems(of row: MemberRow) -> [String] {
    var problems: [String] = []
    switch (row.legacy, row.unified) {
    case (nil, nil): problems.append("names no member; expected legacy, unified, or both")
    case (nil, _) where row.value == nil:
      problems.append("legacy has no such member, so the conversation needs a value: add legacy, or value")
    case (_, nil) where row.value == nil:
      problems.append("unified has no such member, so a new legacy value needs one: add unified, or value")
    default: break
    }
    let isConstant = row.legacy == nil || row.unified == nil
    if isConstant, row.take != .all || !row.each.isEmpty || row.member != nil || row.when != nil || row.time != nil {
      problems.append("a row about one side has only value: there is nothing to read")
    }
    if row.take != .lastElement {
      if row.member != nil { problems.append("member needs take: last, the element that it is a member of") }
      if row.when != nil { problems.append("when needs take: last, the element that it is about") }
    }
    if row.member != nil, !row.each.isEmpty {
      problems.append("member and each exclude each other: one member of the element, or several")
    }
    if row.time != nil, row.take != .all || !row.each.isEmpty {
      problems.append(
        "time is about a single value; for members of elements, write each: {at: {unified: at, time: ...}}")
    }
    problems += valueProblems(of: row)
    for (side, names) in [("legacy", row.each.map(\.legacy)), ("unified", row.each.map(\.unified))] {
      if let name = names.first(where: { name in names.count { $0 == name } > 1 }) {
        problems.append("each names the \(side) member \(name) twice, so it could not be read back")
      }
    }
    return problems
  }

  private static func valueProblems(of row: MemberRow) -> [String] {
    guard let value = row.value else { return [] }
    switch row.take {
    case .lastElement: return ["take: last gives null for an empty list, so value has no effect; remove it"]
    case .all where row.each.isEmpty: return []
    case .all, .first, .last:
      return value.first == UInt8(ascii: "[") ? [] : ["the row is about a list, so value needs one, such as []"]
    }
  }
}

extension YAMLNode {
  /// As JSON: what is quoted is text; `null`, `true`, `false` and numbers without quotes are what they look like.
  var json: [UInt8] {
    switch content {
    case .scalar(let text, let isPlain):
      if isNothing { return Array("null".utf8) }
      let bytes = Array(text.utf8)
      let isLiteral = isPlain && !text.isEmpty && (try? JSONScanner.value(in: bytes)) == bytes
      return isLiteral ? bytes : JSONBytes.quoted(text)
    case .list(let items): return Self.joined("[", items.map(\.json), "]")
    case .mapping(let pairs):
      let members: [[UInt8]] = pairs.compactMap { name, value in
        guard case .scalar(let text, _) = name.content else { return nil }
        return JSONBytes.quoted(text) + Array(":".utf8) + value.json
      }
      return Self.joined("{", members, "}")
    }
  }

  private static func joined(_ open: String, _ values: [[UInt8]], _ close: String) -> [UInt8] {
    Array(open.utf8) + Array(values.joined(separator: Array(",".utf8))) + Array(close.utf8)
  }
}
