/// What is remembered of a user, as it was when the store was asked.
package struct Context: Sendable, Equatable {
  package var owner: ContextOwner
  /// Of the conversation; in the legacy layout, which has none, the key.
  package var id: String
  /// What the keys in Redis begin with: `chat:customer:42`, or `conversation:client:42:UUID`.
  package var key: String
  /// It began with this message.
  package var isNew: Bool
  /// The last messages, at most `Message.kept`, the oldest first.
  package var history: [Message]
  /// A JSON value, as it is stored; `{}` at the beginning.
  package var state: [UInt8]
  /// How many were ever said in it, in the unified layout; the legacy layout knows only of those it keeps.
  package var messages: Int
  /// In seconds, how long it is kept from now on.
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
