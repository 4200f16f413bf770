/// A conversation with its three parts parsed.
package struct Conversation: Sendable, Equatable {
  package var id: ConversationID
  package var history: [Message]
  /// A JSON value.
  package var state: [UInt8]
  package var meta: ConversationMeta

  /// False where the server evicted the state.
  package var hasState: Bool

  /// Missing parts, which the server may have evicted, count as empty, as for the application.
  package init(_ stored: RawConversation, of owner: ContextOwner) throws(UnreadableValue) {
    id = stored.id
    history = try Self.parse(stored, .history, owner, Message.list) ?? []
    let state = try Self.parse(stored, .state, owner) { (bytes) throws(JSONSyntaxError) in
      try JSONScanner.value(in: bytes)
    }
    hasState = state != nil
    self.state = state ?? Array("{}".utf8)
    let meta = try Self.parse(stored, .meta, owner) { (bytes) throws(JSONSyntaxError) in try ConversationMeta(bytes) }
    let times = history.compactMap(\.content.at)
    self.meta =
      meta
      ?? ConversationMeta(
        id: id, owner: owner, createdAt: times.first ?? 0, updatedAt: times.last ?? 0, messages: history.count)
  }

  private static func parse<Value>(
    _ stored: RawConversation, _ part: ConversationPart, _ owner: ContextOwner,
    _ read: ([UInt8]) throws(JSONSyntaxError) -> Value
  ) throws(UnreadableValue) -> Value? {
    let value = stored[part]
    if value.isMissing { return nil }
    let key = owner.key(of: part, stored.id)
    guard let bytes = value.bytes else { throw UnreadableValue(key: key, reason: value.defect ?? "it is missing") }
    do throws(JSONSyntaxError) { return try read(bytes) } catch {
      throw UnreadableValue(key: key, reason: "no JSON: at byte \(error.offset), expected \(error.expected)")
    }
  }

  /// How many messages it ever had.
  package var messages: Int { meta.messages ?? history.count }

  /// How many messages were added since it was last in sync with the legacy value; all, if it never was.
  package func messagesAdded(since owner: ContextOwner) -> Int {
    guard meta.source == owner.legacyKey, let synced = meta.synced else { return messages }
    return max(messages - synced, 0)
  }

  /// Whether it differs from the legacy value, according to `meta`.
  package func hasChanged(since owner: ContextOwner) -> Bool { meta.hasChanged || meta.source != owner.legacyKey }

  /// Whether the state is not empty: a task is in progress. PHP writes an empty object as a list.
  package var isInTask: Bool {
    !["{}", "[]", "null"].contains(String(decoding: state.filter { $0 > 0x20 }, as: UTF8.self))
  }
}
