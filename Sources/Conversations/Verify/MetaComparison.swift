/// Checks meta: the owner, the source and the counts of the conversation.
struct MetaComparison {
  private let conversation: Conversation
  private let owner: ContextOwner

  init(_ conversation: Conversation, of owner: ContextOwner) {
    self.conversation = conversation
    self.owner = owner
  }

  /// Differences that do not depend on the messages.
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
    if conversation.history.count > Message.historyLimit {
      let found = conversation.history.count
      differences.append(
        FieldDifference("history.count", expected: "at most \(Message.historyLimit)", found: "\(found)"))
    }
    return differences
  }

  /// Below ten no message was ever dropped, so the count equals the length of the history.
  private var counts: [FieldDifference] {
    guard let messages = conversation.meta.messages else { return [] }
    let count = conversation.history.count
    var differences: [FieldDifference] = []
    if count < Message.historyLimit ? messages != count : messages < count {
      differences.append(FieldDifference("meta.messages", expected: count, found: messages))
    }
    if let synced = conversation.meta.synced, !(0...max(messages, 0)).contains(synced) {
      differences.append(FieldDifference("meta.synced", expected: "at most \(messages)", found: "\(synced)"))
      // From ten on, either count may be wrong.
      if count >= Message.historyLimit {
        differences.append(FieldDifference("meta.messages", expected: "at least \(synced)", found: "\(messages)"))
      }
    }
    return differences
  }

  /// Compares the times of creation and of the last message.
  static func times(
    _ conversation: Conversation, _ legacy: LegacyContext, _ earlier: [Message], isDerived: Bool
  ) -> [FieldDifference] {
    let meta = conversation.meta
    let updated = legacy.updatedAt ?? earlier.last?.content.at
    let created = legacy.createdAt ?? earlier.first?.content.at ?? updated ?? 0
    var differences: [FieldDifference] = []
    // A conversation that began on unified has times of its own. Without a time in the legacy value, the time was derived
    // from messages that may no longer exist.
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

  /// Whether two times agree; one of them may be in whole seconds.
  private static func isSame(_ found: Int, _ expected: Int) -> Bool {
    found == expected || (expected.isMultiple(of: 1_000) && found / 1_000 == expected / 1_000)
  }
}

/// Checks that all keys of a conversation exist and expire together: they are always refreshed in one step.
struct TimeComparison {
  private let keys: [(name: String, value: StoredValue)]
  /// Milliseconds between two keys of one conversation that are normal: before 7.0, Redis reads its clock for each command.
  private static let tolerance = 1_000

  init(current: StoredValue, _ parts: RawConversation) {
    keys = [("current", current)] + ConversationPart.allCases.map { ($0.rawValue, parts[$0]) }
  }

  var differences: [FieldDifference] {
    let lifetimes = keys.compactMap { if case .text(_, let left?) = $0.value { left } else { nil } }.sorted()
    // The TTL that most of the four agree with.
    let common = lifetimes.max { agreeing($0, lifetimes) < agreeing($1, lifetimes) }
    return keys.compactMap { name, value in
      switch value {
      case .missing: FieldDifference(name, expected: "a value", found: nil)
      case .text(_, nil): FieldDifference("\(name).ttl", expected: "a time", found: nil)
      case .text(_, let left?):
        common.flatMap { common in
          abs(left - common) <= Self.tolerance
            ? nil : FieldDifference("\(name).ttl", expected: "\(common) ms", found: "\(left) ms")
        }
      case .otherKind, .tooLarge: nil
      }
    }
  }

  private func agreeing(_ left: Int, _ lifetimes: [Int]) -> Int {
    lifetimes.count { abs($0 - left) <= Self.tolerance }
  }
}
