internal import YAML

/// Checks across the keys of a layout: values that are valid one by one but make no sense together.
extension LayoutReader {
  mutating func check(_ role: RoleLayout, _ rows: [PlacedRow], at key: String) {
    checkRepeated(rows)
    for row in rows { checkForms(row, role) }
    checkFields(role, at: key)
    checkTemplate(role, at: key)
    checkMarker(role, rows, at: key)
    for required in role.unified.required where !rows.contains(where: { Self.gives($0.row, required) }) {
      let name = UnifiedMember(part: required.part, path: required.path).text
      document.report(
        "\(key).unified.required", line: line("\(key).unified.required.\(name)"),
        "no row gives \(name), so every conversation would lack it; add a row, such as {unified: \(name), value: ...}")
    }
  }

  private static func gives(_ row: MemberRow, _ required: RequiredUnifiedMember) -> Bool {
    row.unified.map { $0.part == required.part && required.path.names.starts(with: $0.path.names) } ?? false
  }

  func line(_ key: String) -> Int? { document.lines[key] }

  // MARK: Rows

  /// Two rows must not write one member of a side. Rows about members of one element share it.
  private mutating func checkRepeated(_ rows: [PlacedRow]) {
    for (index, one) in rows.enumerated() {
      for other in rows[..<index] {
        if let (unified, second) = Self.both(one, other, \.unified),
          unified.part == second.part, Self.overlap(unified.path, second.path)
        {
          report(one, other, "unified: \(unified.text)", second.text)
        }
        if one.row.member != nil || other.row.member != nil { continue }
        if let (legacy, second) = Self.both(one, other, \.legacy), Self.overlap(legacy, second) {
          report(one, other, "legacy: \(legacy.text)", second.text)
        }
      }
    }
  }

  private static func both<Value>(
    _ one: PlacedRow, _ other: PlacedRow, _ path: KeyPath<MemberRow, Value?>
  ) -> (Value, Value)? {
    one.row[keyPath: path].flatMap { first in other.row[keyPath: path].map { (first, $0) } }
  }

  private static func overlap(_ one: MemberPath, _ other: MemberPath) -> Bool {
    one.names.starts(with: other.names) || other.names.starts(with: one.names)
  }

  private mutating func report(_ row: PlacedRow, _ other: PlacedRow, _ member: String, _ second: String) {
    document.report(
      row.key, line: row.line,
      "\(member) is written by the row of line \(other.line), too (\(second)); keep one of them")
  }

  /// A field of a hash holds text, unless it is among `json_fields`.
  private mutating func checkForms(_ placed: PlacedRow, _ role: RoleLayout) {
    let row = placed.row
    if role.legacy.form == .hash, let legacy = row.legacy {
      checkField(legacy, of: role.legacy.jsonFields, row, placed, "legacy")
    }
    guard let unified = row.unified, (unified.part == .state ? role.unified.state : role.unified.meta) == .hash else {
      return
    }
    if unified.path.names.isEmpty {
      document.report(placed.key, line: placed.line, "\(unified.text) is a hash; name its fields, a row for each")
    } else {
      checkField(unified.path, of: role.unified.jsonFields, row, placed, "unified")
    }
  }

  private mutating func checkField(
    _ path: MemberPath, of jsonFields: Set<String>, _ row: MemberRow, _ placed: PlacedRow, _ side: String
  ) {
    guard !jsonFields.contains(path.names[0]) else { return }
    let advice = "if \(path.names[0]) holds JSON, name it in \(side).json_fields"
    // The other side of `take: last` is one element, which may be a text.
    let isList = row.take == .lastElement ? side == "legacy" : row.take != .all || !row.each.isEmpty
    if path.names.count > 1 {
      document.report(placed.key, line: placed.line, "the fields of a hash have no members (\(path.text)); \(advice)")
    } else if isList {
      document.report(
        placed.key, line: placed.line, "the field \(path.text) of a hash holds text, not a list; \(advice)")
    }
  }

  /// What the sections name beside the rows.
  private mutating func checkFields(_ role: RoleLayout, at key: String) {
    let legacy = role.legacy
    if legacy.form == .hash {
      var paths = [("messages", legacy.messages), ("created_at", legacy.createdAt), ("updated_at", legacy.updatedAt)]
      paths += legacy.required.map { ("required.\($0.path.text)", $0.path) }
      for case (let name, let path?) in paths where !legacy.jsonFields.contains(path.names[0]) {
        guard path.names.count > 1 || name == "messages" else { continue }
        document.report(
          "\(key).legacy.\(name)", line: line("\(key).legacy.\(name)"),
          "\(path.text) lies in a field of a hash; if \(path.names[0]) holds JSON, name it in legacy.json_fields")
      }
    }
    if let messages = legacy.messages,
      role.members.contains(where: { $0.legacy.map { Self.overlap($0, messages) } ?? false })
    {
      document.report(
        "\(key).legacy.messages", line: line("\(key).legacy.messages"),
        "a row is about \(messages.text), too; messages are moved to the history, so remove the row")
    }
    if let sync = role.unified.syncMember,
      role.members.contains(where: { $0.unified?.part == .meta && ($0.unified?.path.names.first ?? sync) == sync })
    {
      document.report(
        "\(key).unified.sync_member", line: line("\(key).unified.sync_member"),
        "a row is about meta.\(sync), too; Turnout needs a member of its own")
    }
  }

  private mutating func checkMarker(_ role: RoleLayout, _ rows: [PlacedRow], at key: String) {
    guard let marker = role.legacy.marker,
      let row = rows.first(where: { $0.row.legacy?.names.first == marker.member })
    else { return }
    document.report(
      row.key, line: row.line, "\(marker.member) is the marker, which never changes; remove the row")
  }

  // MARK: Keys

  /// Every key must belong to one pattern alone.
  mutating func checkKeys(of roles: [ContextRole: RoleLayout]) {
    var patterns: [(place: String, pattern: KeyPattern, samples: [[UInt8]])] = []
    let (user, id) = (Array("0".utf8), ConversationID.derived(from: []))
    for role in ContextRole.allCases {
      guard let layout = roles[role] else { continue }
      let key = "roles.\(role.rawValue)"
      for (index, pattern) in layout.legacy.keys.enumerated() {
        patterns.append(("\(key).legacy.keys[\(index)]", pattern, [pattern.key(user)]))
      }
      let parts = ConversationPart.allCases.map { layout.unified.key.key(user, id: id, part: $0) }
      patterns.append(("\(key).unified.key", layout.unified.key, parts))
      if let pointer = layout.unified.pointer {
        patterns.append(("\(key).unified.pointer", pointer, [pointer.key(user)]))
      }
    }
    for (index, one) in patterns.enumerated() {
      for (second, other) in patterns.enumerated() where index != second {
        guard other.samples.contains(where: { one.pattern.match($0) != nil }),
          index > second || !one.samples.contains(where: { other.pattern.match($0) != nil })
        else { continue }
        let text = one.pattern == other.pattern ? "is also \(other.place)" : "also matches the keys of \(other.place)"
        document.report(
          one.place, line: line(one.place), "\(one.pattern.text) \(text); Turnout could not tell them apart")
      }
    }
  }
}
