internal import Redis

/// The unified layout in Redis: a conversation with an id of its own for each user and role, in three parts that live
/// equally long, and a pointer to the current one.
///
///     conversation:client:42:current                 UUID
///     conversation:client:42:UUID:history            the last ten messages
///     conversation:client:42:UUID:state              {...}
///     conversation:client:42:UUID:meta               {"v":1,"id":UUID,...,"messages":12}
package final class UnifiedStore: ContextStore {
  private let connections: ContextConnections
  private let lifetimes: ContextLifetimes

  package init(_ connections: ContextConnections, lifetimes: ContextLifetimes) {
    self.connections = connections
    self.lifetimes = lifetimes
  }

  package func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context {
    try appendUserMessage([message], from: owner, id: ConversationID.random().text, state: Array("{}".utf8))
  }

  private func appendUserMessage(
    _ messages: [Message], from owner: ContextOwner, id: String, state: [UInt8]
  ) throws(ContextError) -> Context {
    let reply = try connections.run(
      UnifiedScripts.hear, keys: [RedisWord(owner.currentKey)],
      arguments: [
        RedisWord(front(owner)), RedisWord(id), constants(owner), .joined(messages), RedisWord(state),
      ] + lifetimes.words(owner.role))
    guard case .context(let found) = try StoreReply(reply) else { throw StoreReply.fault }
    return context(found, owner)
  }

  package func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context? {
    let owner = context.owner
    let answer = try connections.run(
      UnifiedScripts.say, keys: [RedisWord(owner.currentKey)],
      arguments: [
        RedisWord(front(owner)), RedisWord(context.id), constants(owner), RedisWord(reply.json),
        RedisWord(context.lifetime), state == nil ? 0 : 1, RedisWord(context.state), RedisWord(state ?? []),
      ])
    switch try StoreReply(answer) {
    case .said: return nil
    case .context(let found): return self.context(found, owner)
    case .gone:
      // It has expired, or was removed, since it was read: what was known of it is written anew.
      _ = try appendUserMessage(context.history + [reply], from: owner, id: context.id, state: state ?? context.state)
      return nil
    }
  }

  private func context(_ found: StoreReply.Found, _ owner: ContextOwner) -> Context {
    Context(owner: owner, found, key: front(owner) + found.id)
  }

  private func front(_ owner: ContextOwner) -> String { owner.role.unifiedPrefix + owner.user + ":" }

  /// The members of the meta that never change.
  private func constants(_ owner: ContextOwner) -> RedisWord {
    RedisWord(Array("\"role\":\"\(owner.role.rawValue)\",\"user_id\":".utf8) + JSONBytes.quoted(owner.user))
  }
}
