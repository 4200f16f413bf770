/// A conversation whose three parts could be read.
package struct ReadConversation: Sendable, Equatable {
  package var id: ConversationID
  package var history: [Message]
  /// A JSON value.
  package var state: [UInt8]
  package var meta: ConversationMeta

  /// False where the server had to evict it.
  package var hasState: Bool

  /// Parts that are not there, because the server had to evict them, are as empty, as for the application.
  package init(_ stored: StoredParts, of owner: ContextOwner) throws(UnreadableValue) {
    id = stored.id
    history = try Self.parse(stored, .history, owner, Message.list) ?? []
    let state = try Self.parse(stored, .state, owner) { (bytes) throws(JSONSlices.Fault) in
      try JSONSlices.value(in: bytes)
    }
    hasState = state != nil
    self.state = state ?? Array("{}".utf8)
    let meta = try Self.parse(stored, .meta, owner) { (bytes) throws(JSONSlices.Fault) in try ConversationMeta(bytes) }
    let times = history.compactMap(\.content.at)
    self.meta =
      meta
      ?? ConversationMeta(
        id: id, owner: owner, createdAt: times.first ?? 0, updatedAt: times.last ?? 0, messages: history.count)
  }

  private static func parse<Value>(
    _ stored: StoredParts, _ part: ConversationPart, _ owner: ContextOwner,
    _ read: ([UInt8]) throws(JSONSlices.Fault) -> Value
  ) throws(UnreadableValue) -> Value? {
    let value = stored[part]
    if value.isMissing { return nil }
    let key = owner.key(of: part, stored.id)
    guard let bytes = value.bytes else { throw UnreadableValue(key: key, reason: value.fault ?? "it is missing") }
    do throws(JSONSlices.Fault) { return try read(bytes) } catch {
      throw UnreadableValue(key: key, reason: "no JSON: at byte \(error.offset), expected \(error.expected)")
    }
  }

  /// How many were ever said in it.
  package var messages: Int { meta.messages ?? history.count }

  /// How many were said since the legacy value last held the same: all, where it never did.
  package func said(since owner: ContextOwner) -> Int {
    guard meta.source == owner.legacyKey, let synced = meta.synced else { return messages }
    return max(messages - synced, 0)
  }

  /// Whether the legacy value holds something else, as far as `meta` knows.
  package func hasChanged(since owner: ContextOwner) -> Bool { meta.hasChanged || meta.source != owner.legacyKey }

  /// In the middle of a task: the state says something. PHP writes an empty one as a list.
  package var isInTask: Bool {
    !["{}", "[]", "null"].contains(String(decoding: state.filter { $0 > 0x20 }, as: UTF8.self))
  }
}
