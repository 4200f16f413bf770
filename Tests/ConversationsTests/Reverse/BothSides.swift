import Conversations
import Flags
import Redis
import RedisServer
import Testing

/// A server with users who talk on both sides, and what a test does to it.
struct BothSides {
  let fixture: StoreFixture
  let legacy: any ContextStore
  let unified: any ContextStore
  let look: StoreFixture.Look

  init() throws {
    fixture = try StoreFixture()
    legacy = fixture.store(.legacy)
    unified = fixture.store(.unified)
    look = try fixture.look()
  }

  /// What a user says, and the answer; the times are those of the numbers, in ms.
  func talk(
    _ store: any ContextStore, _ numbers: ClosedRange<Int>, state: String? = nil,
    by owner: ContextOwner = ContextOwner(.client, "42")
  ) throws {
    for number in numbers {
      let context = try store.hear(Message(.user, "q\(number)", at: number * 10), from: owner)
      let reply = Message(.assistant, "a\(number)", at: number * 10 + 1)
      #expect(try store.say(reply, state: state.map { Array($0.utf8) }, in: context) == nil)
    }
  }

  /// What the forward migration makes of a context, by its contract.
  func migrate(_ owner: ContextOwner = ContextOwner(.client, "42")) throws {
    let value = try #require(try look("GET", RedisWord(owner.legacyKey)).value)
    let context = try LegacyContext(value)
    let (id, left) = (owner.derivedID, try look.remaining(owner.legacyKey) ?? 0)
    let messages = context.messages
    var meta = ConversationMeta(
      id: id, owner: owner, createdAt: try #require(context.createdAt), updatedAt: try #require(context.updatedAt),
      messages: messages.count)
    meta.markSynced(with: owner.legacyKey, messages: messages.count)
    let values: [(String, [UInt8])] = [
      (owner.key(of: .history, id), Message.array(of: messages.suffix(Message.kept))),
      (owner.key(of: .state, id), context.state), (owner.key(of: .meta, id), meta.bytes),
      (owner.currentKey, Array(id.text.utf8)),
    ]
    for (key, value) in values {
      try look("SET", RedisWord(key), RedisWord(value), "PX", RedisWord(left))
    }
    try look("EXPIRE", RedisWord(owner.legacyKey), RedisWord(7 * 86_400))
  }

  @discardableResult
  func reverse(
    _ change: (inout ReverseMigration) -> Void = { _ in }, tell: (ReverseEvent) -> Void = { _ in }
  ) throws -> ReverseTally {
    var migration = ReverseMigration()
    change(&migration)
    var connection = try fixture.place.connect(as: "reverse", replyLimit: ContextReader.replyLimit)
    return try migration.run(on: &connection, tell)
  }

  func legacyContext(_ owner: ContextOwner = ContextOwner(.client, "42")) throws -> LegacyContext {
    try LegacyContext(try #require(try look("GET", RedisWord(owner.legacyKey)).value))
  }

  /// Every key with its value, and whether it expires.
  func everything() throws -> [String: String] {
    var all: [String: String] = [:]
    for key in try look("KEYS", "*").elements ?? [] {
      guard let bytes = key.value else { continue }
      let name = key.text ?? ""
      let kind = try look("TYPE", RedisWord(bytes)).text ?? ""
      let value = kind == "string" ? try look("GET", RedisWord(bytes)).text ?? "" : kind
      all[name] = value + (try look("PTTL", RedisWord(bytes)).integer == -1 ? " forever" : "")
    }
    return all
  }
}

extension LegacyContext {
  var texts: [String] { messages.map { $0.content.text ?? "?" } }
  var stateText: String { String(decoding: state, as: UTF8.self) }
}
