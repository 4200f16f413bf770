extension Mapping {
  /// The state and meta of a new conversation.
  ///
  /// - Parameter id: stands for `{id}` in the values of the layout, as the user does for `{user}`.
  package func forward(_ legacy: LegacyDocument, id: ConversationID) throws(MappingError) -> MappedParts {
    let state = try new(.state, stateShape, legacy, id)
    let meta = try new(.meta, metaShape, legacy, id)
    return MappedParts(state: try stateForm.stored(state), meta: try metaForm.stored(meta))
  }

  private func new(
    _ part: ConversationPart, _ shape: ObjectShape, _ legacy: LegacyDocument, _ id: ConversationID
  ) throws(MappingError) -> JSONTree {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(legacy.tree.bytes.count)
    let tree = legacy.tree
    try shape.write(to: &bytes) { (index, bytes) throws(MappingError) in
      let member = members[index]
      if member.legacy == nil {
        bytes += try Placeholders.fill(member.fallback, user: legacy.user, id: id)
      } else {
        try member.appendConverted(tree, from: .legacy, to: &bytes)
      }
    }
    let made = try JSONTree(bytes, named: part.rawValue)
    try checkRequired(part, made)
    return made
  }

  /// The state and meta of a conversation after what was done on legacy: mapped members that mean something else change in
  /// place, those that the legacy value has no counterpart of stay, and are made where they are missing.
  ///
  /// - Parameter rows: the rows of the table that are carried over; nil: all.
  package func forward(
    _ legacy: LegacyDocument, id: ConversationID, into parts: MappedParts, rows: Set<Int>? = nil
  ) throws(MappingError) -> MappedParts {
    let (state, meta) = (try stateTree(parts.state), try metaTree(parts.meta))
    let newState = try edited(state, .state, legacy, id, rows)
    let newMeta = try edited(meta, .meta, legacy, id, rows)
    return MappedParts(
      state: try stateForm.stored(newState, base: parts.state.map { ($0, state) }),
      meta: try metaForm.stored(newMeta, base: (parts.meta, meta)))
  }

  private func edited(
    _ tree: JSONTree, _ part: ConversationPart, _ legacy: LegacyDocument, _ id: ConversationID,
    _ rows: Set<Int>?
  ) throws(MappingError) -> JSONTree {
    var tree = tree
    for (row, member) in members.enumerated() where member.part == part {
      guard let path = member.unified else { continue }
      if member.legacy != nil {
        guard rows?.contains(row) != false else { continue }
        if let edited = try member.edited(tree, .unified, from: legacy.tree) { tree = edited }
      } else if tree.find(path) == nil {
        let value = try Placeholders.fill(member.fallback, user: legacy.user, id: id)
        if let bytes = tree.setting(path, to: value) { tree = try JSONTree(bytes, named: part.rawValue) }
      }
    }
    try checkRequired(part, tree)
    return tree
  }
}

/// `{user}` and `{id}` in the JSON of a layout: within texts, so that what they stand for is escaped.
enum Placeholders {
  static func fill(_ json: [UInt8], user: [UInt8], id: ConversationID?) throws(MappingError) -> [UInt8] {
    guard json.contains(UInt8(ascii: "{")) else { return json }
    var json = json
    if json.contains("{user}".utf8) {
      guard let name = String(validating: user, as: UTF8.self) else { throw .userNotText }
      json.replace("{user}".utf8, with: JSONBytes.quoted(name).dropFirst().dropLast())
    }
    if let id { json.replace("{id}".utf8, with: id.text.utf8) }
    return json
  }
}
