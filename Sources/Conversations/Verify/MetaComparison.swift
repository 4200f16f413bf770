/// Meta says who the conversation belongs to and where it came from.
struct MetaComparison {
  private let conversation: ReadConversation
  private let owner: ContextOwner

  init(_ conversation: ReadConversation, of owner: ContextOwner) {
    self.conversation = conversation
    self.owner = owner
  }

  /// What must be right whatever was said.
  var differences: [FieldDifference] {
    let meta = conversation.meta
    var differences: [FieldDifference] = []
    func expect(_ field: String, _ expected: String, _ found: String?) {
      if found != expected { differences.append(FieldDifference("meta." + field, expected: expected, found: found)) }
    }
    expect("v", "1", meta.version.map { "\($0)" })
    expect("id", conversation.id.text, meta.id)
    expect("role", owner.role.rawValue, meta.role)
    expect("user_id", owner.user, meta.user)
    if conversation.id == owner.derivedID || meta.source != nil { expect("source", owner.legacyKey, meta.source) }
    if let source = meta.source, source == owner.legacyKey, meta.synced == nil {
      differences.append(FieldDifference("meta.synced", expected: "a number", found: nil))
    }
    for (field, value) in [
      ("created_at", meta.createdAt), ("updated_at", meta.updatedAt), ("messages", meta.messages),
    ] where value == nil {
      differences.append(FieldDifference("meta." + field, expected: "a number", found: nil))
    }
    differences += counts
    if conversation.history.count > Message.kept {
      let found = conversation.history.count
      differences.append(FieldDifference("history.count", expected: "at most \(Message.kept)", found: "\(found)"))
    }
    return differences
  }

  /// Below ten nothing was ever dropped, so that the count is that of the history.
  private var counts: [FieldDifference] {
    guard let messages = conversation.meta.messages else { return [] }
    let count = conversation.history.count
    var differences: [FieldDifference] = []
    if count < Message.kept ? messages != count : messages < count {
      differences.append(FieldDifference("meta.messages", expected: count, found: messages))
    }
    if let synced = conversation.meta.synced, !(0...max(messages, 0)).contains(synced) {
      differences.append(FieldDifference("meta.synced", expected: "at most \(messages)", found: "\(synced)"))
      // With ten and more, either may be wrong.
      if count >= Message.kept {
        differences.append(FieldDifference("meta.messages", expected: "at least \(synced)", found: "\(messages)"))
      }
    }
    return differences
  }

  /// When it began, and when the last word was said in it.
  static func times(
    _ conversation: ReadConversation, _ legacy: LegacyContext, _ earlier: [Message], isDerived: Bool
  ) -> [FieldDifference] {
    let meta = conversation.meta
    let updated = legacy.updatedAt ?? earlier.last?.content.at
    let created = legacy.createdAt ?? earlier.first?.content.at ?? updated ?? 0
    var differences: [FieldDifference] = []
    // A conversation that was begun on unified and written back has times of its own.
    // Without a time in the legacy value it was made of messages that may be gone since.
    if isDerived, let found = meta.createdAt, legacy.createdAt == nil ? found > created : found != created {
      differences.append(FieldDifference("meta.created_at", expected: created, found: found))
    }
    if let found = meta.updatedAt, case let expected = updated ?? created,
      meta.hasChanged || legacy.updatedAt == nil ? found < expected : !isSame(found, expected)
    {
      differences.append(FieldDifference("meta.updated_at", expected: expected, found: found))
    }
    return differences
  }

  /// Of times; one of them may be in whole seconds.
  private static func isSame(_ found: Int, _ expected: Int) -> Bool {
    found == expected || (expected.isMultiple(of: 1_000) && found / 1_000 == expected / 1_000)
  }
}
