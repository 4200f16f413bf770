/// What the unified layout keeps of a conversation beside its messages and its state. Members of others stay.
package struct ConversationMeta: Sendable, Equatable {
  private var object: JSONObject

  package init(id: ConversationID, owner: ContextOwner, createdAt: Int, updatedAt: Int, messages: Int) {
    object = JSONObject()
    object.set("v", 1)
    object.set("id", id.text)
    object.set("role", owner.role.rawValue)
    object.set("user_id", owner.user)
    object.set("created_at", createdAt)
    object.set("updated_at", updatedAt)
    object.set("messages", messages)
  }

  package init(_ value: [UInt8]) throws(JSONSlices.Fault) { object = try JSONObject(value) }

  /// Of the layout.
  package var version: Int? { object.number("v") }
  package var id: String? { object.text("id") }
  package var role: String? { object.text("role") }
  package var user: String? { object.text("user_id") }
  /// Milliseconds since 1970.
  package var createdAt: Int? { object.number("created_at") }
  package var updatedAt: Int? { object.number("updated_at") }
  /// How many were ever said in it, those that are no longer kept included.
  package var messages: Int? { object.number("messages") }
  /// The legacy key that it was migrated from, or written back to.
  package var source: String? { object.text("source") }
  /// `messages` when both layouts last held the same.
  package var synced: Int? { object.number("synced") }

  /// Whether something was said in it since both layouts last held the same; true where they never did.
  package var hasChanged: Bool { source == nil || synced == nil || messages != synced }

  /// Both layouts now hold the same.
  package mutating func markSynced(with legacyKey: String, messages: Int) {
    object.set("messages", messages)
    object.set("source", legacyKey)
    object.set("synced", messages)
  }

  package mutating func count(messages: Int) { object.set("messages", messages) }
  package mutating func touch(at milliseconds: Int) { object.set("updated_at", milliseconds) }

  package var bytes: [UInt8] { object.bytes }
}
