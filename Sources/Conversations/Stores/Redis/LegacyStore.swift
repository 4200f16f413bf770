internal import Redis

/// The legacy layout in Redis: one JSON value for each user and role (`LegacyContext`). Members that other applications
/// put there stay.
package final class LegacyStore: ContextStore {
  private let connections: ContextConnections
  private let lifetimes: ContextLifetimes

  package init(_ connections: ContextConnections, lifetimes: ContextLifetimes) {
    self.connections = connections
    self.lifetimes = lifetimes
  }

  package func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context {
    try appendUserMessage([message], from: owner, state: Array("{}".utf8))
  }

  private func appendUserMessage(
    _ messages: [Message], from owner: ContextOwner, state: [UInt8]
  ) throws(ContextError) -> Context {
    let reply = try connections.run(
      LegacyScripts.hear, keys: [RedisWord(owner.legacyKey)],
      arguments: [RedisWord(JSONBytes.quoted(owner.user)), .joined(messages), RedisWord(state)]
        + lifetimes.words(owner.role))
    guard case .context(let found) = try StoreReply(reply) else { throw StoreReply.fault }
    return Context(owner: owner, found, key: owner.legacyKey)
  }

  package func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context? {
    let answer = try connections.run(
      LegacyScripts.say, keys: [RedisWord(context.owner.legacyKey)],
      arguments: [
        RedisWord(reply.json), RedisWord(context.lifetime), state == nil ? 0 : 1, RedisWord(context.state),
        RedisWord(state ?? []),
      ])
    switch try StoreReply(answer) {
    case .said: return nil
    case .context(let found): return Context(owner: context.owner, found, key: context.key)
    case .gone:
      // It has expired, or was removed, since it was read: what was known of it is written anew.
      _ = try appendUserMessage(context.history + [reply], from: context.owner, state: state ?? context.state)
      return nil
    }
  }
}
