import Conversations

/// What would be written of one context, on one line: values are texts, so that their bytes can be told.
struct PreviewLine: Encodable {
  struct Entry: Encodable {
    var key: String
    var value: String
    var ttlMilliseconds: Int

    enum CodingKeys: String, CodingKey {
      case key, value
      case ttlMilliseconds = "ttl_ms"
    }
  }

  struct Expiry: Encodable {
    var key: String
    var ttlMilliseconds: Int

    enum CodingKeys: String, CodingKey {
      case key
      case ttlMilliseconds = "ttl_ms"
    }
  }

  var action: String
  var role: ContextRole
  var user: String
  var conversation: String
  var set: [Entry]
  var expire: [Expiry]

  init(_ preview: MigrationPreview) {
    action = preview.isMerge ? "merge" : "create"
    role = preview.owner.role
    user = preview.owner.user
    conversation = preview.id.text
    set = preview.entries.map {
      Entry(key: $0.key, value: String(decoding: $0.value, as: UTF8.self), ttlMilliseconds: preview.lifetime)
    }
    expire = preview.legacyLifetime.map { [Expiry(key: preview.owner.legacyKey, ttlMilliseconds: $0)] } ?? []
  }
}

/// The same for one that would be left as it is.
struct LeftLine: Encodable {
  var action = "leave"
  var key: String
  var keyHex: String?
  var reason: String

  init(_ context: UnreadableContext) {
    let line = UnreadableLine(context)
    (key, keyHex, reason) = (line.key, line.keyHex, line.reason)
  }

  enum CodingKeys: String, CodingKey {
    case action, key, reason
    case keyHex = "key_hex"
  }
}
