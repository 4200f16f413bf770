/// The metadata of a conversation in the unified layout. Members of other applications stay.
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

  /// The bytes of the metadata of a migrated conversation: a fast path for millions of contexts.
  static func migrated(
    id: ConversationID, owner: ContextOwner, createdAt: Int, updatedAt: Int, messages: Int
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(200 + 2 * owner.user.utf8.count)
    bytes += "{\"v\":1,\"id\":\"".utf8
    bytes += id.text.utf8
    bytes += "\",\"role\":\"".utf8
    bytes += owner.role.rawValue.utf8
    bytes += "\",\"user_id\":".utf8
    JSONBytes.append(owner.user, to: &bytes)
    let numbers = [("created_at", createdAt), ("updated_at", updatedAt), ("messages", messages)]
    for (name, number) in numbers {
      bytes += ",\"".utf8
      bytes += name.utf8
      bytes += "\":".utf8
      bytes += String(number).utf8
    }
    bytes += ",\"source\":".utf8
    JSONBytes.append(owner.legacyKey, to: &bytes)
    bytes += ",\"synced\":".utf8
    bytes += String(messages).utf8
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  package init(_ value: [UInt8]) throws(JSONSyntaxError) { object = try JSONObject(value) }

  /// The version of the layout.
  package var version: Int? { object.number("v") }
  package var id: String? { object.text("id") }
  package var role: String? { object.text("role") }
  package var user: String? { object.text("user_id") }
  /// Milliseconds since 1970.
  package var createdAt: Int? { object.number("created_at") }
  package var updatedAt: Int? { object.number("updated_at") }
  /// How many messages it ever had, including those no longer kept.
  package var messages: Int? { count("messages") }
  /// The legacy key it was migrated from or written back to.
  package var source: String? { object.text("source") }
  /// `messages` when both layouts were last in sync.
  package var synced: Int? { count("synced") }

  /// Larger numbers are not plausible counts.
  private static let limit = 1 << 40

  private func count(_ name: String) -> Int? {
    object.number(name).flatMap { (0...Self.limit).contains($0) ? $0 : nil }
  }

  /// Whether messages were added since both layouts were last in sync; true if they never were.
  package var hasChanged: Bool { source == nil || synced == nil || messages != synced }

  /// Records that both layouts are in sync.
  package mutating func markSynced(with legacyKey: String, messages: Int) {
    object.set("messages", messages)
    object.set("source", legacyKey)
    object.set("synced", messages)
  }

  package mutating func count(messages: Int, synced: Int? = nil) {
    object.set("messages", messages)
    if let synced { object.set("synced", synced) }
  }
  package mutating func touch(at milliseconds: Int) { object.set("updated_at", milliseconds) }

  package var bytes: [UInt8] { object.bytes }
}
