/// What becomes of one user's legacy context when the user is back on legacy. A value; nothing is read or written here.
///
///     unified      a b c d E F G h i j      the letters in capitals were never in legacy
///     legacy       a b c d         K        K was said on legacy after the rollback
///     afterwards   b c d E F G h i j K      by the times, the last ten; the state is unified's
package enum ReversePlan: Sendable, Equatable {
  /// The conversation expired meanwhile.
  case expired
  /// Nothing was said in it since legacy last held the same.
  case unchanged
  /// Nothing is written: what cannot be read is left as it is, and so is everything that goes with it.
  case unreadable(UnreadableValue)
  case write(ReverseWrite)

  package init(_ stored: StoredContext, lifetimes: ContextLifetimes) {
    do throws(UnreadableValue) { self = try Self.decide(stored, lifetimes) } catch { self = .unreadable(error) }
  }

  private static func decide(
    _ stored: StoredContext, _ lifetimes: ContextLifetimes
  ) throws(UnreadableValue) -> ReversePlan {
    let owner = stored.owner
    guard let conversation = try currentConversation(of: stored) else { return .expired }
    // One that did not change is in legacy, unless the legacy key is gone: then it is nowhere else.
    if !conversation.hasChanged(since: owner), !stored.legacy.isMissing { return .unchanged }
    let before = try legacyContext(of: stored)
    return .write(
      ReverseWrite(
        owner, conversation, before, legacyBefore: stored.legacy.bytes,
        metaBefore: stored.conversation?.meta.bytes, seconds: lifetimes.longest(owner.role)))
  }

  /// Nil: there is none any more.
  static func currentConversation(of stored: StoredContext) throws(UnreadableValue) -> ReadConversation? {
    if stored.current.isMissing { return nil }
    if let fault = stored.current.fault { throw UnreadableValue(key: stored.owner.currentKey, reason: fault) }
    guard let conversation = stored.conversation else {
      throw UnreadableValue(key: stored.owner.currentKey, reason: "it is no UUID")
    }
    if conversation.isMissing { return nil }
    return try ReadConversation(conversation, of: stored.owner)
  }

  /// Nil: there is none.
  static func legacyContext(of stored: StoredContext) throws(UnreadableValue) -> LegacyContext? {
    if stored.legacy.isMissing { return nil }
    let key = stored.owner.legacyKey
    guard let bytes = stored.legacy.bytes else {
      throw UnreadableValue(key: key, reason: stored.legacy.fault ?? "it is missing")
    }
    do throws(LegacyContext.Fault) { return try LegacyContext(bytes) } catch {
      throw UnreadableValue(key: key, reason: error.description)
    }
  }
}
