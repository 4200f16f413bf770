extension Mapping {
  /// The legacy value after what was done on unified: the mapped members that mean something else change in place in the
  /// bytes of `base`, every other byte stays. Without a base, the layout's template.
  ///
  /// - Parameters:
  ///   - history: the messages, oldest first, for layouts that keep them in the legacy value.
  ///   - rows: the rows of the table that are carried over; nil: all.
  package func backward(
    _ parts: MappedParts, history: [Message], into base: StoredDocument?, user: [UInt8],
    rows: Set<Int>? = nil
  ) throws(MappingError) -> StoredDocument {
    let (state, meta) = (try stateTree(parts.state), try metaTree(parts.meta))
    let old = try base.map { value throws(MappingError) in (value, try legacyTree(value)) }
    if let old { try checkMarker(old.1) }
    var tree: JSONTree
    if let old { tree = old.1 } else { tree = try template(user) }
    for (row, member) in members.enumerated()
    where member.legacy != nil && member.unified != nil && rows?.contains(row) != false {
      if let edited = try member.edited(tree, .legacy, from: member.part == .state ? state : meta) { tree = edited }
    }
    tree = try edited(tree, history)
    try checkMarker(tree)
    try checkRequired(tree)
    return try legacyForm.stored(tree, base: old)
  }

  /// What a context means that has just begun; nil: the layout has no template that could be read.
  func beginning(user: [UInt8]) throws(MappingError) -> Meaning? {
    guard layout.legacy.template != nil else { return nil }
    var tree = try template(user)
    // The times of a template are empty.
    for member in members where member.time != nil {
      guard let path = member.legacy, let bytes = tree.setting(path, to: Array("null".utf8)) else { continue }
      tree = try JSONTree(bytes, named: "the template")
    }
    return try meaning(
      ofLegacy: LegacyDocument(
        value: .json(tree.bytes), user: user, tree: tree, createdAt: nil, updatedAt: nil, messages: []))
  }

  /// What a missing value is made from, with the members that the conversation has no counterpart of.
  private func template(_ user: [UInt8]) throws(MappingError) -> JSONTree {
    guard let template = layout.legacy.template else { throw .noTemplate }
    var tree = try JSONTree(try Placeholders.fill(template, user: user, id: nil), named: "the template")
    for member in members where member.unified == nil {
      guard let path = member.legacy, tree.find(path) == nil else { continue }
      let value = try Placeholders.fill(member.fallback, user: user, id: nil)
      if let bytes = tree.setting(path, to: value) { tree = try JSONTree(bytes, named: "the template") }
    }
    return tree
  }

  private func edited(_ tree: JSONTree, _ history: [Message]) throws(MappingError) -> JSONTree {
    guard let path = layout.legacy.messages else { return tree }
    if try hold(tree.find(path.bytes).map { tree.children($0) } ?? [], of: tree, history) { return tree }
    guard let bytes = tree.setting(path.bytes, to: Message.array(of: history)) else {
      throw .wrongType("what contains \(path.text)", found: "no object", expected: "an object")
    }
    return try JSONTree(bytes, named: "the legacy value")
  }

  /// Whether these elements mean the same messages already.
  private func hold(_ old: [Int], of tree: JSONTree, _ history: [Message]) throws(MappingError) -> Bool {
    guard old.count == history.count else { return false }
    for (node, message) in zip(old, history) {
      let new = try JSONTree(message.json, named: "a message")
      guard CanonicalJSON.bytes(node, of: tree) == CanonicalJSON.bytes(0, of: new) else { return false }
    }
    return true
  }
}
