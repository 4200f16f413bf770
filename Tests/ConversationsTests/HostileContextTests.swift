import Conversations
import FoundationEssentials
import Redis
import TestSupport
import Testing

/// Each of these lost something, stopped the program or was told wrongly once.
@Suite("Contexts that nobody would expect", .startsPrograms)
struct HostileContextTests {
  private let sides: BothSides
  private let owner = ContextOwner(.client, "42")

  init() throws { sides = try BothSides() }

  @Test("Two users whose names look the same are two")
  func lookalikes() throws {
    let (composed, decomposed) = (ContextOwner(.client, "Ren\u{E9}"), ContextOwner(.client, "Rene\u{301}"))
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    for owner in [composed, decomposed] { try put(owner.legacyKey, #"{"state":{},"messages":[]}"#) }
    let folder = try TemporaryFolder()
    let lines = [(composed, "one"), (decomposed, "two")].map { owner, text in
      #"{"channel":"client","user_id":"\#(owner.user)","role":"user","content":"\#(text)","at":1}"#
    }
    try lines.joined(separator: "\n").write(toFile: folder.file("m.jsonl"), atomically: true, encoding: .utf8)
    var migration = Migration(place: sides.fixture.place, lifetimes: ContextLifetimes())
    migration.messages = try MessageLocation(parsing: folder.file("m.jsonl")).source()
    try migration.run(MigrationProgress()) { _ in }
    #expect(try history(composed).map(\.content.text) == ["one"])
    #expect(try history(decomposed).map(\.content.text) == ["two"])
  }

  @Test("A script that is refused midway does not mark what it has not written", arguments: [10, 30_000])
  func refused(bytes: Int) throws {
    try put(owner.legacyKey, #"{"state":{"x":"\#(String(repeating: "x", count: bytes))"}}"#)
    try sides.look("ACL", "SETUSER", "half", "on", ">secret", "~*", "+@all", "-set")
    let address = try RedisAddress(parsing: sides.fixture.server.address(credentials: "half:secret"))
    let half = Migration(place: ContextLocation(address: address), lifetimes: ContextLifetimes())
    #expect(throws: MigrationError.self) { try half.run(MigrationProgress()) { _ in } }
    #expect(try lifetime(owner.legacyKey) <= 900_000)
    #expect(try sides.migrate().migrated == 1)
  }

  @Test("Counts that nobody can have counted are none", arguments: [Int.max, Int.min, -1, 1 << 41])
  func counts(count: Int) throws {
    try put(owner.legacyKey, #"{"messages":[{"role":"user","content":"a","at":1}],"state":{}}"#)
    for synced in [count, Int.max, Int.min] {
      let id = ConversationID.random()
      try put(owner.currentKey, id.text)
      try put(owner.key(of: .history, id), "[]")
      try put(owner.key(of: .state, id), "{}")
      let meta = #"{"messages":\#(count),"source":"chat:customer:42","synced":\#(synced)}"#
      try put(owner.key(of: .meta, id), meta)
      _ = try sides.verify()
      try sides.reverse { $0.isDryRun = true }
      try sides.migrate()
      _ = try sides.verify()
    }
  }

  @Test("A conversation whose pointer had to be evicted is not written over, and is found again")
  func evictedPointer() throws {
    try sides.talk(sides.legacy, 1...1)
    try sides.migrate()
    try sides.talk(sides.unified, 2...2)
    try sides.look("DEL", RedisWord(owner.currentKey))
    try sides.talk(sides.legacy, 3...3)
    #expect(try sides.migrate().merged == 1)
    #expect(try history(owner).map(\.content.text) == ["q1", "a1", "q2", "a2", "q3", "a3"])
    #expect(try sides.look("GET", RedisWord(owner.currentKey)).text == owner.derivedID.text)
    #expect(try (1...1_800_000).contains(lifetime(owner.currentKey)))
  }

  @Test("What never expires does not expire after it went back")
  func endless() throws {
    try sides.look("SET", RedisWord(owner.legacyKey), #"{"state":{},"messages":[]}"#)
    try sides.migrate()
    try sides.talk(sides.unified, 1...1)
    try sides.reverse()
    #expect(try sides.legacyContext().messages.count == 2)
    #expect(try lifetime(owner.legacyKey) == -1)
  }

  @Test("A part of 70 MB is told, and the others are migrated")
  func large() throws {
    let id = ConversationID.random()
    try put(owner.legacyKey, #"{"state":{}}"#)
    try put("chat:customer:other", #"{"state":{}}"#)
    try put(owner.currentKey, id.text)
    try sides.look("SETRANGE", RedisWord(owner.key(of: .history, id)), "70000000", "x")
    let tally = try sides.migrate()
    #expect(tally.migrated == 1, "\(tally)")
    #expect(tally.unreadable == 1, "\(tally)")
  }

  @Test("What is too large together is left, so that nobody is refused it later")
  func tooLarge() throws {
    let text = String(repeating: "x", count: 150_000)
    let messages = (0..<10).map { Message(.user, text, at: $0) }
    try put(owner.legacyKey, #"{"state":{}}"#)
    let folder = try TemporaryFolder()
    let lines = messages.map {
      #"{"channel":"client","user_id":"42","role":"user","content":"\#(text)","at":\#($0.content.at ?? 0)}"#
    }
    try lines.joined(separator: "\n").write(toFile: folder.file("m.jsonl"), atomically: true, encoding: .utf8)
    var migration = Migration(place: sides.fixture.place, lifetimes: ContextLifetimes())
    migration.messages = try MessageLocation(parsing: folder.file("m.jsonl")).source()
    let progress = MigrationProgress()
    try migration.run(progress) { _ in }
    #expect(progress.tally.unreadable == 1)
    #expect(progress.tally.migrated == 0)
  }

  @Test("Members that say nothing are passed over, numbers may have a fraction, names stay as they are written")
  func members() throws {
    let context = try LegacyContext(
      Array(#"{"messages":null,"history":["a"],"state":null,"context":{"step":3},"updated_at":1732345678901.5}"#.utf8))
    #expect(context.messages.count == 1)
    #expect(String(decoding: context.state, as: UTF8.self) == #"{"step":3}"#)
    #expect(context.updatedAt == 1_732_345_678_901)
    let odd = try JSONObject(Array(#"{"\ud800":1,"\u0041":2,"n":1e400}"#.utf8))
    #expect(String(decoding: odd.bytes, as: UTF8.self) == #"{"\ud800":1,"\u0041":2,"n":1e400}"#)
    #expect(odd.number("A") == 2)
    #expect(odd.number("n") == nil)
  }

  private func lifetime(_ key: String) throws -> Int { try sides.look("PTTL", RedisWord(key)).integer ?? -2 }

  private func put(_ key: String, _ value: String) throws {
    try sides.look("SET", RedisWord(key), RedisWord(value), "EX", "900")
  }

  private func history(_ owner: ContextOwner) throws -> [Message] {
    let key = owner.key(of: .history, owner.derivedID)
    return try Message.list(in: try #require(try sides.look("GET", RedisWord(key)).value))
  }
}
