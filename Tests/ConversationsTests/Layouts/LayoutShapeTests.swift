import Testing

@testable import Conversations

@Suite("Layouts of other applications are read, and carry their contexts both ways")
struct LayoutShapeTests {
  private static let id = ConversationID.derived(from: Array("a".utf8))

  private func role(_ text: String, _ role: ContextRole) throws -> RoleLayout {
    try #require(try Layout(yaml: text, file: "mine.yaml").roles[role])
  }

  private func json(_ text: String) -> StoredDocument { .json(Array(text.utf8)) }

  private func fields(_ pairs: KeyValuePairs<String, String>) -> StoredDocument {
    .hash(pairs.map { StoredDocument.Field(name: Array($0.key.utf8), value: Array($0.value.utf8)) })
  }

  @Test("One hash a user, with fields of text and one of JSON")
  func hash() throws {
    let mapping = Mapping(try role(LayoutShapes.hash, .client))
    let value = fields([
      "step": "pay", "visits": "3", "started": "1772355600", "seen": "1772355790", "other": "kept",
      "cart": #"[{"sku":"a","n":2,"note":"x"}]"#,
    ])
    let user = Array("4:2".utf8)
    let parts = try mapping.forward(try mapping.legacy(value, user: user), id: Self.id)
    #expect(parts.state == json(#"{"step":"pay","visits":3,"basket":{"items":[{"sku":"a","quantity":2}]}}"#))
    #expect(
      parts.meta
        == json(
          #"{"started_at":"2026-03-01T09:00:00+00:00","seen_at":"2026-03-01T09:03:10+00:00","owner":"4:2"}"#))
    #expect(try mapping.backward(parts, history: [], into: value, user: user) == value)

    var changed = parts
    changed.state = json(
      #"{"step":"done","visits":4,"basket":{"items":[{"sku":"a","quantity":1},{"sku":"b","quantity":5}]}}"#)
    #expect(
      try mapping.backward(changed, history: [], into: value, user: user)
        == fields([
          "step": "done", "visits": "4", "started": "1772355600", "seen": "1772355790", "other": "kept",
          "cart": #"[{"sku":"a","n":1,"note":"x"},{"sku":"b","n":5}]"#,
        ]))
    #expect(
      try mapping.backward(parts, history: [], into: nil, user: user)
        == fields([
          "step": "pay", "visits": "3", "started": "1772355600", "seen": "1772355790", "cart": #"[{"sku":"a","n":2}]"#,
        ]))
  }

  @Test("One list of messages a conversation, and a hash as its meta")
  func list() throws {
    let role = try role(LayoutShapes.list, .admin)
    #expect(role.unified.history == .list)
    #expect(role.unified.key.glob(part: .meta) == "thread:*:*:meta")
    let user = Array("ann".utf8)
    let key = role.unified.key.key(user, id: Self.id, part: .history)
    #expect(role.unified.key.match(key) == KeyPattern.Match(user: user, id: Self.id, part: .history))
    let mapping = Mapping(role)
    let value = json(#"{"log":{"lines":[{"from":"user","line":"hi","at":1}]},"topic":"x","at":1772355790000}"#)
    let legacy = try mapping.legacy(value, user: user)
    #expect(
      legacy.messages.map { String(decoding: $0.json, as: UTF8.self) } == [#"{"from":"user","line":"hi","at":1}"#])
    let parts = try mapping.forward(legacy, id: Self.id)
    #expect(parts.meta == fields(["topic": "x", "at": "1772355790000"]))
    #expect(try mapping.backward(parts, history: legacy.messages, into: value, user: user) == value)
    let more = legacy.messages + [Message(json: Array(#"{"from":"assistant","line":"yes","at":2}"#.utf8))]
    #expect(
      try mapping.backward(parts, history: more, into: value, user: user)
        == json(
          #"{"log":{"lines":[{"from":"user","line":"hi","at":1},{"from":"assistant","line":"yes","at":2}]},"topic":"x","at":1772355790000}"#
        ))
  }

  @Test("A prefix in front of every key")
  func prefix() throws {
    let role = try role(LayoutShapes.prefix, .client)
    #expect(role.legacy.keys.map { $0.glob() } == ["myapp_database_ctx:*", "myapp_database_chat_*_context"])
    #expect(
      role.legacy.keys[1].match(Array("myapp_database_chat_a_context_context".utf8))?.user == Array("a_context".utf8))
    #expect(role.legacy.keys[0].match(Array("ctx:42".utf8)) == nil)
    #expect(role.unified.key.text == "myapp_database_conversations:{user}:{id}:{part}")
    #expect(role.unified.pointer?.text == "myapp_database_conversations:current:{user}")
    let mapping = Mapping(role)
    let value = json(#"{"cart":[1,2,3,4],"filters":{"a":1}}"#)
    let parts = try mapping.forward(try mapping.legacy(value, user: []), id: Self.id)
    #expect(parts.state == json(#"{"cart":[2,3,4],"filters":{"a":1}}"#))
    #expect(try mapping.backward(parts, history: [], into: value, user: []) == value)
    #expect(mapping.fit(json(#"{"filters":{}}"#)) == .lacks(["cart"]))
  }
}
