import Conversations

/// What would be written of one conversation, on one line.
struct ReverseLine: Encodable {
  struct Entry: Encodable {
    var key: String
    var value: String
    /// Nil: it goes on living as long as it did.
    var ttlMilliseconds: Int?

    enum CodingKeys: String, CodingKey {
      case key, value
      case ttlMilliseconds = "ttl_ms"
    }
  }

  var action: String
  var role: ContextRole
  var user: String
  var conversation: String
  var set: [Entry]

  init(_ write: ReverseWrite) {
    action = write.isNew ? "create" : "merge"
    role = write.owner.role
    user = write.owner.user
    conversation = write.id.text
    set = [
      Entry(
        key: write.legacyKey, value: String(decoding: write.legacy, as: UTF8.self),
        ttlMilliseconds: write.seconds * 1_000),
      Entry(key: write.metaKey, value: String(decoding: write.meta, as: UTF8.self)),
    ]
  }
}
