/// What corresponds to what in the contexts of a role, in both directions: the table of a layout, its names resolved once.
///
/// Values in, values out, nothing is read or written. Only mapped members change; every other byte stays. What the
/// application could not read is an error, never a value.
package final class Mapping: Sendable {
  package let layout: RoleLayout
  /// In the order of the table.
  let members: [MappedMember]
  let legacyForm, stateForm, metaForm: DocumentForm
  let stateShape, metaShape: ObjectShape
  private let createdAt, updatedAt: [[UInt8]]?
  let messageNames: (role: [UInt8], text: [UInt8])
  /// The members of the conversation that have a counterpart.
  let comparedNames: [String]
  let comparedRows: [Int]
  let requiredLegacy, requiredState, requiredMeta: [RequiredPath]

  package init(_ layout: RoleLayout) {
    self.layout = layout
    let members = layout.members.map { MappedMember($0) }
    self.members = members
    legacyForm = DocumentForm(legacy: layout)
    stateForm = DocumentForm(.state, layout)
    metaForm = DocumentForm(.meta, layout)
    stateShape = ObjectShape(members, .state)
    metaShape = ObjectShape(members, .meta)
    createdAt = layout.legacy.createdAt?.bytes
    updatedAt = layout.legacy.updatedAt?.bytes
    messageNames = (Array(layout.unified.message.role.utf8), Array(layout.unified.message.text.utf8))
    comparedRows = members.indices.filter { members[$0].legacy != nil && members[$0].unified != nil }
    requiredLegacy = layout.legacy.required.map { RequiredPath($0.path, $0.type, in: nil) }
    (requiredState, requiredMeta) = (RequiredPath.list(.state, layout), RequiredPath.list(.meta, layout))
    comparedNames = members.filter { $0.legacy != nil && $0.unified != nil }.map { $0.name(.unified) }
  }

  /// Reads a legacy value: its marker, required members, times and messages.
  package func legacy(_ value: StoredDocument, user: [UInt8]) throws(MappingError) -> LegacyDocument {
    let tree = try legacyTree(value)
    try checkMarker(tree)
    try checkRequired(tree)
    let messages = try layout.legacy.messages.map { path throws(MappingError) in
      try Self.messages(tree, path)
    }
    return LegacyDocument(
      value: value, user: user, tree: tree, createdAt: try time(createdAt, layout.legacy.createdAt, tree),
      updatedAt: try time(updatedAt, layout.legacy.updatedAt, tree), messages: messages ?? [])
  }

  /// When the conversation began and was last used, as its `meta` says; nil where it says nothing.
  package func times(
    ofMeta meta: StoredDocument
  ) throws(MappingError) -> (createdAt: StoredTime?, lastActivity: StoredTime?) {
    let tree = try metaTree(meta)
    func time(_ path: MemberPath?) throws(MappingError) -> StoredTime? {
      guard let path, let node = tree.find(path.bytes), !tree.isNull(node) else { return nil }
      return try StoredTime(node, of: tree, layout.unified.timeFormat, "meta." + path.text)
    }
    return (try time(layout.unified.createdAt), try time(layout.unified.lastActivity))
  }

  // MARK: Trees

  func legacyTree(_ value: StoredDocument) throws(MappingError) -> JSONTree {
    let tree = try legacyForm.tree(value, "the legacy value")
    guard tree.kind(0) == .object else {
      throw .wrongType("the legacy value", found: tree.kind(0).words, expected: "an object")
    }
    return tree
  }

  /// A missing state is like an empty one.
  func stateTree(_ state: StoredDocument?) throws(MappingError) -> JSONTree {
    try part(state ?? (layout.unified.state == .hash ? .hash([]) : .json(Array("{}".utf8))), stateForm, "state")
  }

  func metaTree(_ meta: StoredDocument) throws(MappingError) -> JSONTree { try part(meta, metaForm, "meta") }

  private func part(_ value: StoredDocument, _ form: DocumentForm, _ name: String) throws(MappingError) -> JSONTree {
    let tree = try form.tree(value, name)
    let isWhole = members.contains { $0.unified?.isEmpty == true && $0.part.rawValue == name }
    guard isWhole || tree.kind(0) == .object || tree.isEmpty(0) || tree.isNull(0) else {
      throw .wrongType(name, found: tree.kind(0).words, expected: "an object")
    }
    return tree
  }

  private func time(
    _ path: [[UInt8]]?, _ name: MemberPath?, _ tree: JSONTree
  ) throws(MappingError) -> StoredTime? {
    guard let path, let node = tree.find(path), !tree.isNull(node) else { return nil }
    return try StoredTime(node, of: tree, layout.legacy.timeFormat, name?.text ?? "")
  }

  private static func messages(_ tree: JSONTree, _ path: MemberPath) throws(MappingError) -> [Message] {
    guard let node = tree.find(path.bytes), !tree.isNull(node), !tree.isEmpty(node) else { return [] }
    guard tree.kind(node) == .list else {
      throw .wrongType(path.text, found: tree.kind(node).words, expected: "a list of messages")
    }
    return tree.children(node).map { Message(json: Array(tree.value($0))) }
  }
}

/// A legacy value that was read: what its application needs is there.
package struct LegacyDocument: Sendable {
  package let value: StoredDocument
  package let user: [UInt8]
  let tree: JSONTree
  /// Nil where the layout names no such member, or the value has none.
  package let createdAt, updatedAt: StoredTime?
  /// Those in the value itself, oldest first.
  package let messages: [Message]
}

/// The values of a conversation that are mapped.
package struct MappedParts: Sendable, Equatable {
  /// Nil where there is none: the application reads it as an empty one.
  package var state: StoredDocument?
  package var meta: StoredDocument

  package init(state: StoredDocument?, meta: StoredDocument) {
    self.state = state
    self.meta = meta
  }
}

extension DocumentForm {
  init(legacy layout: RoleLayout) {
    self.init(form: layout.legacy.form, json: Set(layout.legacy.jsonFields.map { Array($0.utf8) }))
    for row in layout.members { note(row.legacy, row, row.time?.legacy) }
    for required in layout.legacy.required where required.type == .number { noteNumber(required.path) }
    if layout.legacy.timeFormat != .rfc3339 {
      noteNumber(layout.legacy.createdAt)
      noteNumber(layout.legacy.updatedAt)
    }
  }

  init(_ part: ConversationPart, _ layout: RoleLayout) {
    self.init(
      form: part == .state ? layout.unified.state : layout.unified.meta,
      json: Set(layout.unified.jsonFields.map { Array($0.utf8) }))
    for row in layout.members where row.unified?.part == part { note(row.unified?.path, row, row.time?.unified) }
    for required in layout.unified.required where required.part == part && required.type == .number {
      noteNumber(required.path)
    }
    if part == .meta, layout.unified.timeFormat != .rfc3339 {
      noteNumber(layout.unified.createdAt)
      noteNumber(layout.unified.lastActivity)
    }
  }

  private mutating func note(_ path: MemberPath?, _ row: MemberRow, _ time: TimeFormat?) {
    guard let path, let name = path.bytes.first else { return }
    mapped.insert(name)
    let kind = row.value.map { JSONTree.Kind(first: $0.first) }
    if kind == .number || kind == .truth || time == .seconds || time == .milliseconds { noteNumber(path) }
  }

  private mutating func noteNumber(_ path: MemberPath?) {
    guard let path, path.names.count == 1 else { return }
    plain.formUnion(path.bytes)
  }
}
