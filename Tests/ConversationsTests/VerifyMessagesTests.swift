import Conversations
import Redis
import TestSupport
import Testing

@Suite("Contexts that were migrated with messages from elsewhere are compared with both", .startsPrograms)
struct VerifyMessagesTests {
  private static let owner = ContextOwner(.client, "42")
  private static let now = 1_795_424_803_456

  /// The application saves its context, and then inserts the row: each with a time of its own, in its own form.
  @Test(
    "There and back again",
    arguments: [
      #""messages":[],"updated_at":1795424803456"#, #""updated_at":1795424803,"created_at":1795424000"#,
      #""updated_at":"2026-11-23T09:00:00+00:00""#, #""cart":[1]"#,
      #""messages":[{"role":"user","content":"two","at":1795424803440}],"updated_at":1795424803440"#,
    ])
  func roundTrip(members: String) throws {
    let sides = try BothSides()
    var table = Table(messages: [Message(.user, "one", at: Self.now - 9_000), Message(.user, "two", at: Self.now + 12)])
    try sides.look("SET", RedisWord(Self.owner.legacyKey), RedisWord("{\(members)}"), "EX", "900")
    try migrate(sides, table)
    #expect(try verify(sides, table) == .same)
    try sides.talk(sides.unified, 7...8)
    let key = Self.owner.key(of: .history, Self.owner.derivedID)
    let held = try Message.list(in: try #require(try sides.look("GET", RedisWord(key)).value))
    #expect(held.count == 6)
    table.messages += held.dropFirst(2).map { message in
      let content = message.content
      return Message(content.role == "user" ? .user : .assistant, content.text ?? "", at: (content.at ?? 0) + 12)
    }
    #expect(try verify(sides, table) == .liveSince)
    try sides.reverse()
    #expect(try verify(sides, table) == .same)
    try migrate(sides, table)
    #expect(try verify(sides, table) == .same)
    #expect(try sides.legacyContext().messages.count == 6)
  }

  private func migrate(_ sides: BothSides, _ table: Table) throws {
    var migration = Migration(place: sides.fixture.place, lifetimes: ContextLifetimes())
    migration.messages = table
    try migration.run(MigrationProgress()) { _ in }
  }

  private func verify(_ sides: BothSides, _ table: Table) throws -> VerifyOutcome? {
    var outcome: VerifyOutcome?
    var connection = try sides.fixture.place.connect(as: "verify", replyLimit: ContextReader.replyLimit)
    try Verification().run(on: &connection, messages: table) { outcome = $1 }
    return outcome
  }

  private struct Table: MessageSource {
    var messages: [Message]
    var place: String { "table" }
    var invalidLines: InvalidLines { InvalidLines() }

    func last(_ count: Int, of owners: [ContextOwner]) -> [[Message]] { owners.map { _ in messages.suffix(count) } }
  }
}
