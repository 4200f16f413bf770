/// One conversation that goes back: what is written, and what must be there still when it is.
package struct ReverseWrite: Sendable, Equatable {
  package let owner: ContextOwner
  package let id: ConversationID
  /// As they were read. Nil: there was no legacy key.
  package let legacyBefore: [UInt8]?
  /// Nil: the server had to evict it.
  package let metaBefore: [UInt8]?
  /// As they are written.
  package let legacy: [UInt8]
  package let meta: [UInt8]
  /// The lifetime of the legacy value, in seconds.
  package let seconds: Int
  /// How many messages the legacy value has that it did not have.
  package let added: Int
  /// How many messages were said in the conversation since both layouts last held the same, and are no longer kept.
  package let lost: Int

  package var legacyKey: String { owner.legacyKey }
  package var metaKey: String { owner.key(of: .meta, id) }
  package var isNew: Bool { legacyBefore == nil }

  init(
    _ owner: ContextOwner, _ conversation: ReadConversation, _ before: LegacyContext?, legacyBefore: [UInt8]?,
    metaBefore: [UInt8]?, seconds: Int
  ) {
    self.owner = owner
    id = conversation.id
    self.legacyBefore = legacyBefore
    self.metaBefore = metaBefore
    self.seconds = seconds
    var meta = conversation.meta
    var context = before ?? LegacyContext(owner: owner, createdAt: meta.createdAt ?? meta.updatedAt ?? 0)
    let known = context.messages
    // The context of an application that keeps more than the last ten does not become shorter.
    let kept = max(Message.kept, known.count)
    let merged = MessageMerge.merge(known, conversation.history)
    // The moment of the last word, not that of the move: whoever moves it again gets the same.
    let updated = max(context.updatedAt ?? 0, meta.updatedAt ?? 0)
    let state = conversation.hasState ? conversation.state : context.state
    context.replace(messages: Array(merged.suffix(kept)), state: state, updatedAt: updated)
    meta.markSynced(with: owner.legacyKey, messages: conversation.messages)
    // Both hold the same now, unless something was said on legacy that the conversation lacks: the migration adds that.
    let isBehind = MessageMerge.merge(conversation.history, known).suffix(Message.kept) != conversation.history[...]
    if !isBehind { meta.touch(at: updated) }
    legacy = context.bytes
    self.meta = meta.bytes
    added = merged.count - known.count
    lost = max(
      (before == nil ? conversation.messages : conversation.said(since: owner)) - conversation.history.count, 0)
  }
}
