import Conversations
import Flags
import Redis
import TestSupport
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
      let context = try store.appendUserMessage(Message(.user, "q\(number)", at: number * 10), from: owner)
      let reply = Message(.assistant, "a\(number)", at: number * 10 + 1)
      #expect(try store.commitReply(reply, state: state.map { Array($0.utf8) }, in: context) == nil)
    }
  }

  @discardableResult
  func migrate() throws -> MigrationTally {
    let progress = MigrationProgress()
    try Migration(place: fixture.place, lifetimes: ContextLifetimes()).run(progress) { _ in }
    return progress.tally
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

  func verify(_ owner: ContextOwner = ContextOwner(.client, "42")) throws -> VerifyOutcome? {
    var outcome: VerifyOutcome?
    var connection = try fixture.place.connect(as: "verify", replyLimit: ContextReader.replyLimit)
    try Verification().run(on: &connection) { key, found in
      if key == owner.legacyKey || key == owner.currentKey { outcome = found }
    }
    return outcome
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
      let size = kind == "string" ? try look("STRLEN", RedisWord(bytes)).integer ?? 0 : 0
      let value = kind != "string" || size > 1 << 20 ? "\(kind) \(size)" : try look("GET", RedisWord(bytes)).text ?? ""
      all[name] = value + (try look("PTTL", RedisWord(bytes)).integer == -1 ? " forever" : "")
    }
    return all
  }
}

extension LegacyContext {
  var texts: [String] { messages.map { $0.content.text ?? "?" } }
  var stateText: String { String(decoding: state, as: UTF8.self) }
}
