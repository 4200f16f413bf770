package import Redis

/// Where an application keeps the contexts of its users, in one of the two layouts.
///
/// An interaction is two atomic calls: `appendUserMessage`, then `commitReply`. Concurrent interactions of one user lose no
/// message, and none sees half of another. Calls may block up to the store's timeout and come from any thread.
package protocol ContextStore: Sendable {
  /// Appends the message and renews the lifetime of the context. Begins a context where there is none, or where it has
  /// expired.
  func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context

  /// Appends the reply with the new state if the stored state is still that of `context`; nil: written.
  ///
  /// Otherwise it writes nothing and returns the current context: another interaction has advanced the same task, and the
  /// caller must compute a new reply. Without a new state nothing is compared.
  func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context?
}

/// What an application remembers of a user, at the time of the call.
package struct Context: Sendable, Equatable {
  package var owner: ContextOwner
  /// The conversation id; in the legacy layout, which has none, the key.
  package var id: String
  /// The prefix of the keys in Redis: `chat:customer:42`, or `conversation:client:42:UUID`.
  package var key: String
  /// Whether it began with this message.
  package var isNew: Bool
  /// The last messages, at most `Message.historyLimit`, oldest first.
  package var history: [Message]
  /// A JSON value as stored; initially `{}`.
  package var state: [UInt8]
  /// How many messages the conversation ever had; the legacy layout knows only those it keeps.
  package var messages: Int
  /// Its TTL from now on, in seconds.
  package var lifetime: Int

  package init(
    owner: ContextOwner, id: String, key: String, isNew: Bool, history: [Message], state: [UInt8], messages: Int,
    lifetime: Int
  ) {
    self.owner = owner
    self.id = id
    self.key = key
    self.isNew = isNew
    self.history = history
    self.state = state
    self.messages = messages
    self.lifetime = lifetime
  }
}

/// Why a context is not available. An application responds anyway, without it.
package enum ContextError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Redis is unreachable or refuses. Except after `.refused`, it is unknown whether the message was stored.
  case redis(RedisError)
  /// The circuit breaker is open, for this reason.
  case circuitOpen(RedisError)
  /// All connections were in use for the whole timeout.
  case busy(milliseconds: Int)
  /// The stored value is unreadable. It is unchanged.
  case unreadable(key: String, reason: String)

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .circuitOpen(let error): "calls to Redis are paused after: \(error)"
    case .busy(let milliseconds):
      "all connections to Redis were in use for \(milliseconds) ms. Check whether Redis is slow (SLOWLOG GET)"
    case .unreadable(let key, let reason):
      "\(key) is unreadable: \(reason). It is unchanged; repair or remove it"
    }
  }
}
