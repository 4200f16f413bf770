/// What happens to one user's legacy context when the user is back on legacy. A pure value: it reads and writes nothing.
///
///     unified      a b c d E F G h i j      the messages in capitals were never in legacy
///     legacy       a b c d         K        K was added on legacy after the rollback
///     afterwards   b c d E F G h i j K      by time, the last ten; the state is unified's
package enum ReversePlan: Sendable, Equatable {
  /// The conversation has expired.
  case expired
  /// The conversation has not changed since both layouts were in sync.
  case unchanged
  /// Nothing is written: an unreadable value and everything that belongs to it stays unchanged.
  case unreadable(UnreadableValue)
  case write(ReverseWrite)

  package init(_ stored: ContextSnapshot, lifetimes: ContextLifetimes) {
    do throws(UnreadableValue) { self = try Self.decide(stored, lifetimes) } catch { self = .unreadable(error) }
  }

  private static func decide(
    _ stored: ContextSnapshot, _ lifetimes: ContextLifetimes
  ) throws(UnreadableValue) -> ReversePlan {
    let owner = stored.owner
    guard let conversation = try currentConversation(of: stored) else { return .expired }
    // An unchanged conversation is in legacy too, unless the legacy key is gone.
    if !conversation.hasChanged(since: owner), !stored.legacy.isMissing { return .unchanged }
    let before = try legacyContext(of: stored)
    return .write(
      ReverseWrite(
        owner, conversation, before, legacyBefore: stored.legacy.bytes,
        metaBefore: stored.conversation?.meta.bytes, seconds: lifetimes.longest(owner.role)))
  }

  /// `nil` means it no longer exists.
  static func currentConversation(of stored: ContextSnapshot) throws(UnreadableValue) -> Conversation? {
    if stored.current.isMissing { return nil }
    if let defect = stored.current.defect { throw UnreadableValue(key: stored.owner.currentKey, reason: defect) }
    guard let conversation = stored.conversation else {
      throw UnreadableValue(key: stored.owner.currentKey, reason: "it is not a UUID")
    }
    if conversation.isMissing { return nil }
    return try Conversation(conversation, of: stored.owner)
  }

  /// `nil` means it does not exist.
  static func legacyContext(of stored: ContextSnapshot) throws(UnreadableValue) -> LegacyContext? {
    if stored.legacy.isMissing { return nil }
    let key = stored.owner.legacyKey
    guard let bytes = stored.legacy.bytes else {
      throw UnreadableValue(key: key, reason: stored.legacy.defect ?? "it is missing")
    }
    do throws(LegacyContext.ParseError) { return try LegacyContext(bytes) } catch {
      throw UnreadableValue(key: key, reason: error.description)
    }
  }
}

/// One conversation to write back: the new values, and the old values that must still be stored.
package struct ReverseWrite: Sendable, Equatable {
  package let owner: ContextOwner
  package let id: ConversationID
  /// As read; nil: there was no legacy key.
  package let legacyBefore: [UInt8]?
  /// As read; nil: the server evicted it.
  package let metaBefore: [UInt8]?
  /// The new values.
  package let legacy: [UInt8]
  package let meta: [UInt8]
  /// The lifetime of the legacy value, in seconds.
  package let seconds: Int
  /// How many messages are added to the legacy value.
  package let added: Int
  /// How many messages were added since both layouts were in sync and are no longer kept.
  package let lost: Int

  package var legacyKey: String { owner.legacyKey }
  package var metaKey: String { owner.key(of: .meta, id) }
  package var isNew: Bool { legacyBefore == nil }

  init(
    _ owner: ContextOwner, _ conversation: Conversation, _ before: LegacyContext?, legacyBefore: [UInt8]?,
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
    // Do not shorten the context of an application that keeps more than ten messages.
    let kept = max(Message.historyLimit, known.count)
    let merged = MessageMerge.merge(known, conversation.history)
    // The time of the last message, not of this run, so that a second run has the same result.
    let updated = max(context.updatedAt ?? 0, meta.updatedAt ?? 0)
    let state = conversation.hasState ? conversation.state : context.state
    context.replace(messages: Array(merged.suffix(kept)), state: state, updatedAt: updated)
    meta.markSynced(with: owner.legacyKey, messages: conversation.messages)
    // Both are in sync now, unless the conversation lacks messages of legacy: the migration adds those.
    let isBehind =
      MessageMerge.merge(conversation.history, known).suffix(Message.historyLimit) != conversation.history[...]
    if !isBehind { meta.touch(at: updated) }
    legacy = context.bytes
    self.meta = meta.bytes
    added = merged.count - known.count
    lost = max(
      (before == nil ? conversation.messages : conversation.messagesAdded(since: owner)) - conversation.history.count, 0
    )
  }
}
