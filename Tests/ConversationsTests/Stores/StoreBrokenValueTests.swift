import Conversations
import Flags
import Redis
import TestSupport
import Testing

@Suite("What cannot be read stays as it is", .startsPrograms)
struct StoreBrokenValueTests {
  private let fixture: StoreFixture
  private let id = "11111111-2222-4333-8444-555555555555"
  private var front: String { "conversation:client:42:\(id)" }

  init() throws { fixture = try StoreFixture() }

  /// Whole, with one value replaced.
  private func prepare(_ look: StoreFixture.Look, _ part: String, _ value: [UInt8]) throws {
    try look("FLUSHALL")
    try look.put("conversation:client:42:current", id)
    try look.put(front + ":history", #"[{"role":"user","content":"a"}]"#)
    try look.put(front + ":state", #"{"a":1}"#)
    try look.put(front + ":meta", #"{"v":1,"messages":7}"#)
    try look("SET", RedisWord(key(part)), RedisWord(value))
  }

  private func key(_ part: String) -> String {
    switch part {
    case "legacy": "chat:customer:42"
    case "current": "conversation:client:42:current"
    default: front + ":" + part
    }
  }

  private func values(_ look: StoreFixture.Look) throws -> [String: [UInt8]] {
    var values: [String: [UInt8]] = [:]
    for key in try look("KEYS", "*").elements ?? [] {
      values[try #require(key.text)] = try look("DUMP", RedisWord(try #require(key.value))).value
    }
    return values
  }

  private static let broken: [(String, String)] = [
    ("legacy", "{"), ("legacy", "[]"), ("legacy", "\"text\""), ("legacy", "7"), ("legacy", "{\"a\":1}x"),
    ("legacy", "{\"messages\":{}}"), ("legacy", "{\"messages\":\"a\"}"), ("legacy", "{\"a\":1}\0"),
    ("legacy", "O:8:\"X\""),
    ("history", "{}"), ("history", "[1"), ("history", "[1,]"), ("history", "null"), ("history", "[\"a]"),
    ("state", "{\"a\":}"), ("state", "x"), ("meta", "[]"), ("meta", "{\"v\" 1}"),
    ("current", "42"), ("current", "{}"), ("current", "zzzzzzzz-2222-4333-8444-555555555555"),
  ]

  @Test("Broken text is an error with the key, and nothing is written", arguments: broken)
  func brokenText(_ part: String, _ text: String) throws {
    let look = try fixture.look()
    try prepare(look, part, Array(text.utf8))
    try expectUnreadable(part, look)
  }

  @Test(
    "So are binary values, values of 10 MiB and other types",
    arguments: ["legacy", "history", "state", "meta", "current"])
  func otherValues(_ part: String) throws {
    let look = try fixture.look()
    let large = Array("[\"".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 10 << 20) + Array("\"]".utf8)
    for value in [(0...255).map(UInt8.init), large, [0xFF, 0xFE, 0x00]] {
      try prepare(look, part, value)
      try expectUnreadable(part, look)
    }
    for words in [["RPUSH", "", "a"], ["HSET", "", "a", "b"], ["SADD", "", "a"]] {
      try look("DEL", RedisWord(key(part)))
      try look([words[0], key(part)] + words.dropFirst(2))
      try expectUnreadable(part, look)
    }
  }

  private func expectUnreadable(_ part: String, _ look: StoreFixture.Look) throws {
    let before = try values(look)
    let store = fixture.store(part == "legacy" ? .legacy : .unified)
    let owner = ContextOwner(.client, "42")
    let context = Context(
      owner: owner, id: part == "legacy" ? key(part) : id, key: part == "legacy" ? key(part) : front, isNew: false,
      history: [], state: Array("{}".utf8), messages: 1, lifetime: 100)
    let said: ContextError? = {
      do throws(ContextError) {
        _ = try store.commitReply(Message(.assistant, "a", at: 1), state: Array(#"{"a":2}"#.utf8), in: context)
        return nil
      } catch { return error }
    }()
    for error in [store.failure(), said] {
      guard let error, case .unreadable(let key, let reason) = error else {
        Issue.record("\(part): \(String(describing: error))")
        continue
      }
      #expect(key == self.key(part))
      #expect(!reason.isEmpty)
      #expect("\(error)".hasPrefix("\(key) is unreadable: it"))
    }
    #expect(try values(look) == before)
  }

  @Test("A conversation whose server had to evict a part of it goes on with the rest")
  func evicted() throws {
    let look = try fixture.look()
    let store = fixture.store(.unified)
    for part in ["history", "state", "meta"] {
      let owner = ContextOwner(.client, part)
      let first = try store.appendUserMessage(1, from: owner)
      _ = try store.commitReply(Message(.assistant, "2", at: 2), state: Array(#"{"a":1}"#.utf8), in: first)
      try look("DEL", RedisWord("\(first.key):\(part)"))
      let next = try store.appendUserMessage(3, from: owner)
      #expect(next.id == first.id)
      #expect(!next.isNew)
      #expect(next.messages == 3)
      #expect(next.texts == (part == "history" ? ["3"] : ["1", "2", "3"]))
      #expect(next.stateText == (part == "state" ? "{}" : #"{"a":1}"#))
      for key in next.keys { #expect(try #require(try look.remaining(key)) > 1_790_000) }
      let meta = try ConversationMeta(Array(#require(try look.text(next.key + ":meta")).utf8))
      #expect(meta.messages == 3)
      #expect(meta.createdAt != nil)
    }
    // Without the pointer it is not found by a question, and comes back with an answer to it.
    let context = try store.appendUserMessage(1, from: ContextOwner(.client, "pointer"))
    try look("DEL", RedisWord(context.owner.currentKey))
    #expect(try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: context) == nil)
    #expect(try store.appendUserMessage(3, from: context.owner).texts == ["1", "2", "3"])
    // Without any part, one begins.
    for part in ConversationPart.allCases { try look("DEL", RedisWord("\(context.key):\(part.rawValue)")) }
    let next = try store.appendUserMessage(4, from: context.owner)
    #expect(next.isNew)
    #expect(next.id != context.id)
  }

  @Test("Members and messages that other applications have written stay")
  func foreign() throws {
    let look = try fixture.look()
    let store = fixture.store(.legacy)
    let before = #"{ "cart" : [ ] , "n":1.0, "big":12345678901234567890, "history":["#
    try look.put("chat:customer:42", before + #" {"text":"a"} ,"b"], "context": {"x":[]}, "user_id":42}"#)
    let context = try store.appendUserMessage(1)
    #expect(!context.isNew)
    #expect(context.stateText == #"{"x":[]}"#)
    #expect(context.history.count == 3)
    #expect(context.history[0].json == Array(#"{"text":"a"}"#.utf8))
    _ = try store.commitReply(Message(.assistant, "2", at: 2), state: Array(#"{"x":[],"y":2}"#.utf8), in: context)
    let value = try #require(try look.text("chat:customer:42"))
    #expect(
      value.hasPrefix(
        #"{"cart":[ ],"n":1.0,"big":12345678901234567890,"history":[{"text":"a"},"b",{"role":"user""#))
    #expect(value.contains(#""context":{"x":[],"y":2},"user_id":42,"updated_at":1"#))
    #expect(!value.contains("created_at"))
    // A value that is itself the state; and what is said without a new state leaves it as it is.
    try look.put("chat:customer:42", #"{"step":3,"items":{},"user_id":"42"}"#)
    let other = try store.appendUserMessage(1)
    #expect(other.stateText == #"{"step":3,"items":{}}"#)
    #expect(other.texts == ["1"])
    _ = try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: other)
    let kept = try #require(try look.text("chat:customer:42"))
    #expect(kept.hasPrefix(#"{"step":3,"items":{},"user_id":"42","messages":["#))
    #expect(try store.appendUserMessage(3).stateText == #"{"step":3,"items":{}}"#)
    // In the unified layout members of others in the meta stay.
    let unified = try fixture.store(.unified).appendUserMessage(1)
    try look.put(unified.key + ":meta", #"{"v":1,"source":"chat:customer:42","synced":1,"x":[],"messages":1}"#)
    _ = try fixture.store(.unified).appendUserMessage(2)
    #expect(
      try #require(try look.text(unified.key + ":meta"))
        .hasPrefix(#"{"v":1,"source":"chat:customer:42","synced":1,"x":[],"messages":2,"updated_at":"#))
  }
}
