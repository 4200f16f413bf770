/// One user's context with both sides parsed: what they hold, and whether they have changed since they were last the same.
struct ContextView {
  struct Conversation {
    var id: ConversationID
    var parts: StoredContext.ConversationParts
    var values: MappedParts
    var history: [Message]
    var meaning: Meaning
    var digest: SyncDigest
    /// When it was last used, in milliseconds since 1970; 0: it does not say.
    var activity: Int
    /// What was last synchronised; nil: never, or nobody remembers.
    var synced: SyncDigest?

    var hasChanged: Bool { digest != synced }
  }

  let stored: StoredContext
  /// The key of the legacy value; where there is none, the one that it had, else the one that a new one gets.
  let legacyKey: [UInt8]
  let legacy: LegacyDocument?
  let legacyPart: StoredPart
  /// Those that exist.
  let conversations: [Conversation]

  init(_ stored: StoredContext, _ keys: ContextKeys, _ mapping: Mapping) throws(UnreadableValue) {
    self.stored = stored
    if stored.hasUnreadableRecord {
      throw UnreadableValue(
        bytes: keys.record(stored.user), reason: "it is no record of this version. Remove the key if nothing needs it")
    }
    var found: [(key: [UInt8], part: StoredPart, document: LegacyDocument)] = []
    for value in stored.legacy {
      guard let document = try Self.document(value.value, value.key) else { continue }
      let parsed = try Self.reading(value.key) { () throws(MappingError) in
        try mapping.legacy(document, user: stored.user)
      }
      found.append((value.key, value.value, parsed))
    }
    // Where two patterns have a value, the application uses the newer one.
    let current = found.max { $0.document.updatedMilliseconds < $1.document.updatedMilliseconds }
    legacyKey = current?.key ?? stored.record?.key ?? stored.legacy[0].key
    legacyPart = current?.part ?? .missing
    legacy = current?.document
    conversations = try stored.conversations.filter(\.exists).map { (parts) throws(UnreadableValue) in
      try Self.conversation(parts, stored, keys, mapping)
    }
  }

  private static func conversation(
    _ parts: StoredContext.ConversationParts, _ stored: StoredContext, _ keys: ContextKeys, _ mapping: Mapping
  ) throws(UnreadableValue) -> Conversation {
    func key(_ part: ConversationPart) -> [UInt8] { keys.part(part, stored.user, parts.id) }
    let metaKey = key(.meta)
    let state = try document(parts.state, key(.state))
    guard let meta = try document(parts.meta, metaKey) else {
      throw UnreadableValue(bytes: metaKey, reason: "it is missing")
    }
    let history = try messages(parts.history, key(.history))
    let values = MappedParts(state: state, meta: meta)
    return try reading(metaKey) { () throws(MappingError) in
      let meaning = try mapping.meaning(of: values)
      let synced =
        keys.layout.unified.syncMember == nil
        ? stored.record?.synced[parts.id]?.digest : try mapping.digest(in: meta)
      return Conversation(
        id: parts.id, parts: parts, values: values, history: history, meaning: meaning,
        digest: mapping.digest(meaning, history: history),
        activity: try mapping.times(ofMeta: meta).lastActivity?.milliseconds ?? 0, synced: synced)
    }
  }

  private static func messages(_ part: StoredPart, _ key: [UInt8]) throws(UnreadableValue) -> [Message] {
    if case .list(let elements, _) = part { return elements.map { Message(json: $0) } }
    guard case .json(let bytes)? = try document(part, key) else { return [] }
    do throws(JSONSyntaxError) { return try Message.list(in: bytes) } catch {
      throw UnreadableValue(bytes: key, reason: "no JSON: at byte \(error.offset), expected \(error.expected)")
    }
  }

  private static func document(_ part: StoredPart, _ key: [UInt8]) throws(UnreadableValue) -> StoredDocument? {
    switch part {
    case .missing: nil
    case .value(let document, _): document
    case .list: throw UnreadableValue(bytes: key, reason: "it is a list")
    case .unreadable(let reason): throw UnreadableValue(bytes: key, reason: reason)
    case .large: throw UnreadableValue(bytes: key, reason: "it has more than \(ContextRead.singleLimit) bytes")
    }
  }

  static func reading<Result>(
    _ key: [UInt8], _ body: () throws(MappingError) -> Result
  ) throws(UnreadableValue) -> Result {
    do throws(MappingError) { return try body() } catch {
      throw UnreadableValue(bytes: key, reason: error.description)
    }
  }

  // MARK: What changed

  /// Whether the legacy value is not what was last synchronised with this conversation.
  func legacyHasChanged(since conversation: Conversation?, _ mapping: Mapping) -> Bool {
    guard let legacy, let value = legacyPart.document else { return false }
    if let kept = stored.record?.legacy, kept == value { return false }
    // Without the record, or where a member was written that is none of ours: by meaning.
    guard let conversation, let synced = conversation.synced else { return stored.record?.legacy != value }
    guard let meaning = try? mapping.meaning(ofLegacy: legacy) else { return true }
    return mapping.digest(meaning, history: conversation.history) != synced
  }

  /// Whether the legacy value would still be there, had nobody erased it. Where the server has evicted keys, an erasure
  /// cannot be told from that.
  var isLegacyExpected: Bool { stored.record?.legacy != nil && stored.record?.isWithinLife(at: stored.now) == true }

  /// The conversations that would still be there, had nobody erased them.
  var erased: [ConversationID] {
    guard let record = stored.record else { return [] }
    return record.synced.filter { id, synced in
      synced.isExpected(at: stored.now) && !conversations.contains { $0.id == id }
    }.map(\.key)
  }

  /// Whether a conversation began on unified, and was not brought back since.
  var hasBegun: Bool { conversations.contains { $0.synced == nil } }

  /// Those that were used on unified since both sides were the same, or began there; the one used last comes last.
  var used: [Conversation] {
    conversations.filter { $0.synced == nil || $0.hasChanged }.sorted {
      ($0.activity, $0.id.text) < ($1.activity, $1.id.text)
    }
  }
}

extension LegacyDocument {
  /// When it was last used, in milliseconds since 1970; 0: it does not say.
  var updatedMilliseconds: Int { updatedAt?.milliseconds ?? 0 }
}
