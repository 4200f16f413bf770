/// What a legacy context becomes in the unified layout. It depends on nothing but the context, so that every run makes
/// the same of it.
package struct PlannedConversation: Sendable, Equatable {
  package var id: ConversationID
  /// The values of the three keys.
  package var history: [UInt8]
  package var state: [UInt8]
  package var meta: [UInt8]

  /// Of history, state, meta and current.
  var values: [[UInt8]] { [history, state, meta, Array(id.text.utf8)] }

  /// - Parameter messages: all that are known, the oldest first.
  init(of context: LegacyContext, owner: ContextOwner, key: [UInt8], messages: [Message]) {
    id = .derived(from: key)
    history = Message.array(of: messages.suffix(Message.historyLimit))
    state = context.state
    let (created, updated) = Self.times(context, messages)
    meta = ConversationMeta.migrated(
      id: id, owner: owner, createdAt: created, updatedAt: updated, messages: messages.count)
  }

  /// Of what the context says, else of its messages; 0 where nothing tells. In milliseconds.
  static func times(_ context: LegacyContext, _ messages: [Message]) -> (created: Int, updated: Int) {
    let updated = context.updatedAt ?? messages.last?.content.at
    let created = context.createdAt ?? messages.first?.content.at ?? updated ?? 0
    return (created, updated ?? created)
  }
}

/// A legacy context that was read, and what is to become of it.
struct MigrationItem: Sendable {
  let owner: ContextOwner
  let key: [UInt8]
  /// As it was read: what is written is right for this value alone.
  let value: [UInt8]
  /// Milliseconds; nil: it does not expire.
  let left: Int?
  /// What was said on legacy, for a user who has a conversation: as the value has it. A source elsewhere has what was said
  /// on unified as well, and is asked only where values have no messages.
  let onLegacy: [Message]
  let isFromElsewhere: Bool
  let updatedAt: Int
  let conversation: PlannedConversation

  /// - Parameter elsewhere: the messages of a source. What the application has not written there yet is in the value alone.
  init(owner: ContextOwner, key: [UInt8], value: [UInt8], left: Int?, context: LegacyContext, elsewhere: [Message]) {
    let messages = MessageMerge.merge(context.messages, elsewhere, loosely: true)
    self.owner = owner
    self.key = key
    self.value = value
    self.left = left
    isFromElsewhere = context.messages.isEmpty
    onLegacy = isFromElsewhere ? elsewhere : context.messages
    updatedAt = PlannedConversation.times(context, messages).updated
    conversation = PlannedConversation(of: context, owner: owner, key: key, messages: messages)
  }

  /// Of what is sent for it.
  var bytes: Int {
    value.count + conversation.history.count + conversation.state.count + conversation.meta.count + 5 * key.count + 400
  }
}
