import Testing

@testable import Conversations

@Suite("Contexts as they are stored")
struct DocumentTests {
  @Test("Keys of both layouts are told apart, and users may have colons")
  func keys() throws {
    let id = ConversationID.derived(from: Array("chat:customer:42".utf8))
    let uma = ContextOwner(.client, "uma:\(id.text):history")
    #expect(ContextKey(Array("chat:customer:42".utf8)) == .legacy(ContextOwner(.client, "42")))
    #expect(ContextKey(Array("admin:context:a:b".utf8)) == .legacy(ContextOwner(.admin, "a:b")))
    #expect(ContextKey(Array(uma.currentKey.utf8)) == .current(uma))
    #expect(ContextKey(Array(uma.key(of: .meta, id).utf8)) == .part(.meta, of: uma, id: id))
    for other in [
      "chat:customer:", "conversation:client:42", "conversation:client::current", "conversation:client:42:x:history",
      "conversation:other:42:current", "chat", "",
    ] { #expect(ContextKey(Array(other.utf8)) == nil, "\(other)") }
    #expect(ContextKey(Array("chat:customer:".utf8) + [0xFF]) == nil)
  }

  @Test("The id of a migrated conversation is the version 5 UUID that any RFC 9562 library makes of the key")
  func derived() {
    // Python: uuid.uuid5(uuid.UUID("cae878e8-595c-49eb-89c1-494fafb3dc08"), "chat:customer:42")
    #expect(ConversationID.derived(from: Array("chat:customer:42".utf8)).text == "6703d8c0-f82a-5a17-9d07-d7897a99cbd0")
    #expect(ConversationID.random() != ConversationID.random())
    #expect(ConversationID(ConversationID.random().text) != nil)
  }

  @Test(
    "What is no JSON object is refused with the place",
    arguments: [
      ("", 0, "an object, beginning with \"{\""), ("[]", 0, "an object, beginning with \"{\""),
      ("{\"a\":1", 6, "\",\" or \"}\""),
      ("{\"a\":01}", 6, "\",\" or \"}\""), ("{\"a\":1}x", 7, "the end"),
      ("{\"a\":\"\u{1}\"}", 6, "the rest of a text, with control characters as \\u00.."),
      ("{a:1}", 1, "a name in double quotes"), ("{\"a\":.5}", 5, "a value"), ("{\"a\":tru}", 5, "a value"),
    ])
  func faults(text: String, offset: Int, expected: String) {
    #expect(throws: JSONSyntaxError(offset: offset, expected: expected)) { try JSONObject(Array(text.utf8)) }
  }

  @Test("Depth is limited, bytes that are no UTF-8 are refused")
  func limits() {
    let deep = String(repeating: "[", count: 5_000)
    #expect(throws: JSONSyntaxError.self) { try JSONObject(Array("{\"a\":\(deep)".utf8)) }
    #expect(throws: JSONSyntaxError(offset: 6, expected: "UTF-8 text")) {
      try JSONObject(Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8))
    }
  }

  @Test("State and messages are found in the members of our own and of other applications")
  func legacy() throws {
    let own = try LegacyContext(
      Array(#"{"user_id":"42","state":{"step":2},"messages":[{"role":"user","content":"a\u00e9\n","at":5}]}"#.utf8))
    #expect(String(decoding: own.state, as: UTF8.self) == #"{"step":2}"#)
    #expect(own.messages.map(\.content) == [Message.Content(role: "user", text: "aé\n", at: 5)])
    let other = try LegacyContext(Array(#"{"cart":[1, 2],"history":["hi"],"user_id":7}"#.utf8))
    #expect(String(decoding: other.state, as: UTF8.self) == #"{"cart":[1, 2]}"#)
    #expect(other.messages == [Message(json: Array(#""hi""#.utf8))])
    #expect(throws: LegacyContext.ParseError.messagesNotList) { try LegacyContext(Array(#"{"messages":{}}"#.utf8)) }
  }

  @Test("What is written back keeps the members of others, byte by byte")
  func replace() throws {
    var context = try LegacyContext(Array(#"{"x": 1.50,"context":{"a":1},"history":[],"y":"\u00e9"}"#.utf8))
    context.replace(messages: [Message(.user, "hi \"you\"", at: 9)], state: Array("{}".utf8), updatedAt: 9)
    #expect(
      String(decoding: context.bytes, as: UTF8.self)
        == #"{"x":1.50,"context":{},"history":[{"role":"user","content":"hi \"you\"","at":9}],"y":"\u00e9"}"#
    )
    #expect(try LegacyContext(context.bytes) == context)
  }

  @Test(
    "Times keep the form in which the application writes them",
    arguments: [
      (#""updated_at":1795424803"#, #""updated_at":1795424999"#, 1_795_424_803_000),
      (#""updated_at":1795424803123"#, #""updated_at":1795424999456"#, 1_795_424_803_123),
      (#""updated_at":"2026-11-23T09:00:00+00:00""#, #""updated_at":"2026-11-23T09:00:00+00:00""#, nil),
      (#""last_activity":5"#, #""last_activity":5"#, nil),
    ])
  func times(before: String, after: String, read: Int?) throws {
    var context = try LegacyContext(Array("{\"state\":{},\"messages\":[],\(before)}".utf8))
    #expect(context.updatedAt == read)
    context.replace(messages: [], state: Array("{}".utf8), updatedAt: 1_795_424_999_456)
    #expect(String(decoding: context.bytes, as: UTF8.self) == "{\"state\":{},\"messages\":[],\(after)}")
  }

  @Test("A conversation has changed since it was last the same in both layouts, or it has not")
  func meta() throws {
    let owner = ContextOwner(.client, "42")
    var meta = ConversationMeta(id: .random(), owner: owner, createdAt: 1, updatedAt: 2, messages: 3)
    #expect(meta.hasChanged)
    meta.markSynced(with: owner.legacyKey, messages: 3)
    #expect(!meta.hasChanged)
    #expect(meta.source == "chat:customer:42")
    #expect(try ConversationMeta(meta.bytes) == meta)
    let odd = ContextOwner(.admin, "a \"b\"\n\\")
    var made = ConversationMeta(id: .derived(from: []), owner: odd, createdAt: -1, updatedAt: 2, messages: 0)
    made.markSynced(with: odd.legacyKey, messages: 0)
    let migrated = ConversationMeta.migrated(
      id: .derived(from: []), owner: odd, createdAt: -1, updatedAt: 2, messages: 0)
    #expect(migrated == made.bytes)
  }

  @Test("Lifetimes come from the variables of the application")
  func lifetimes() throws {
    let variables = ["CONTEXT_TTL": "60", "ADMIN_CONTEXT_TTL": "90", "CUSTOMER_CONTEXT_TTL": ""]
    let lifetimes = try ContextLifetimes { variables[$0] }
    #expect(lifetimes.seconds(.client) == 60)
    #expect(lifetimes.seconds(.admin) == 90)
    #expect(!lifetimes.adaptive)
    #expect(try ContextLifetimes { _ in nil } == ContextLifetimes())
    for bad in ["0", "x", "-5", "99999999"] {
      #expect(throws: ContextLifetimes.ParseError.self) { try ContextLifetimes { $0 == "CONTEXT_TTL" ? bad : nil } }
    }
  }
}
