import Redis
import TestSupport
import Testing

@testable import Conversations

@Suite("Legacy contexts become conversations", .startsPrograms)
struct MigrationTests {
  /// The values of a conversation, as they must be.
  private func expect(
    _ fixture: MigrationFixture, _ owner: ContextOwner, history: String, state: String, meta: String,
    within lifetime: ClosedRange<Int>, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let id = ConversationID.derived(from: Array(owner.legacyKey.utf8))
    #expect(try fixture.text(owner.currentKey) == id.text, sourceLocation: location)
    let values = [ConversationPart.history: history, .state: state, .meta: meta.replacing("UUID", with: id.text)]
    for (part, value) in values {
      let key = owner.key(of: part, id)
      #expect(try fixture.text(key) == value, sourceLocation: location)
      #expect(try lifetime.contains(fixture.lifetime(key)), "\(key)", sourceLocation: location)
    }
    #expect(try lifetime.contains(fixture.lifetime(owner.currentKey)), sourceLocation: location)
  }

  @Test("History, state and meta come from the value, the time from its key, and the key stays for a week")
  func plain() throws {
    let fixture = try MigrationFixture()
    let messages = LegacyText.messages(12)
    // Up to the marked moment of the hour.
    let week = 604_790_000...608_400_000
    try fixture.redis([
      ["SET", "chat:customer:42", RedisWord(LegacyText.value("42", messages)), "PX", "777000"],
      ["SET", "admin:context:a:b", #"{"context": {"x":  1},"history":["hi"],"other":true}"#],
      ["SET", "chat:customer:bare", #"{"cart":[1, 2]}"#, "EX", "100"], ["SET", "chat:customer", "not one of them"],
    ])
    let tally = try fixture.migrate()
    #expect(tally.migrated == 3, "\(tally)")
    #expect(tally.seen == 3, "\(tally)")
    #expect(fixture.unreadable.isEmpty, "\(tally)")
    try expect(
      fixture, ContextOwner(.client, "42"),
      history: String(decoding: Message.array(of: messages.suffix(10)), as: UTF8.self), state: #"{"step":1}"#,
      meta: #"{"v":1,"id":"UUID","role":"client","user_id":"42","created_at":1700000000000,"updated_at":1700000011011,"#
        + #""messages":12,"source":"chat:customer:42","synced":12}"#,
      within: 760_000...777_000)
    try expect(
      fixture, ContextOwner(.admin, "a:b"), history: #"["hi"]"#, state: #"{"x":  1}"#,
      meta: #"{"v":1,"id":"UUID","role":"admin","user_id":"a:b","created_at":0,"updated_at":0,"#
        + #""messages":1,"source":"admin:context:a:b","synced":1}"#,
      within: 1_790_000...1_800_000)
    try expect(
      fixture, ContextOwner(.client, "bare"), history: "[]", state: #"{"cart":[1, 2]}"#,
      meta: #"{"v":1,"id":"UUID","role":"client","user_id":"bare","created_at":0,"updated_at":0,"#
        + #""messages":0,"source":"chat:customer:bare","synced":0}"#,
      within: 90_000...100_000)
    #expect(try week.contains(fixture.lifetime("chat:customer:42")))
    #expect(try week.contains(fixture.lifetime("chat:customer:bare")))
    #expect(try fixture.lifetime("admin:context:a:b") == -1)
    #expect(try fixture.text("chat:customer:42") == LegacyText.value("42", messages))
    #expect(try fixture.redis("DBSIZE") == .integer(4 + 12))
  }

  @Test("An application whose contexts live longer than this program was told is migrated all the same, once")
  func longLives() throws {
    let fixture = try MigrationFixture()
    let month = 2_592_000_000
    try fixture.redis([
      ["SET", "chat:customer:hours", "{}", "PX", "9000000"], ["SET", "chat:customer:month", "{}", "PX", "\(month)"],
      ["SET", "chat:customer:large", RedisWord(LegacyText.value("large", LegacyText.messages(400))), "PX", "9000000"],
    ])
    #expect(try fixture.migrate().migrated == 3)
    let again = try fixture.migrate()
    #expect(again.migrated == 0, "\(again)")
    #expect(again.merged == 0, "\(again)")
    #expect(again.present == 3, "\(again)")
    for key in ["chat:customer:hours", "chat:customer:large"] {
      #expect(try (604_790_000...608_400_000).contains(fixture.lifetime(key)))
    }
    #expect(try fixture.lifetime("chat:customer:month") > month - 60_000)
    // The application writes it again, with its long life: it is due, and what is new comes over.
    let said = LegacyText.value("hours", LegacyText.messages(1))
    try fixture.redis([["SET", "chat:customer:hours", RedisWord(said), "PX", "9000000"]])
    #expect(try fixture.migrate().merged == 1)
  }

  @Test("What cannot be read is told with its key and why, and left as it is")
  func unreadable() throws {
    let fixture = try MigrationFixture()
    let prefix = Array("chat:customer:".utf8)
    let large = [UInt8](repeating: 0x20, count: 10 << 20)
    try fixture.redis([
      ["SET", "chat:customer:text", "hello"], ["SET", "chat:customer:list", "[1]"], ["SET", "chat:customer:empty", ""],
      ["SET", "chat:customer:cut", #"{"state":{"a""#], ["SET", "chat:customer:odd", #"{"messages":{}}"#],
      ["SET", "chat:customer:binary", RedisWord([0x7B, 0x22, 0xFF, 0x00])],
      ["SET", "chat:customer:large", RedisWord(large)],
      ["LPUSH", "chat:customer:wrong", "x"], ["HSET", "admin:context:wrong", "x", "y"],
      ["SET", RedisWord(prefix + [0xFF]), "{}"], ["SET", "chat:customer:", "{}"], ["SET", "chat:customer:fine", "{}"],
    ])
    let before = try fixture.redis("DBSIZE").integer
    let tally = try fixture.migrate()
    #expect(tally.unreadable == 11, "\(tally)")
    #expect(tally.migrated == 1, "\(tally)")
    #expect(tally.seen == 12, "\(tally)")
    let reasons = [
      "text": "not a JSON object: at byte 0", "list": "not a JSON object: at byte 0",
      "empty": "not a JSON object: at byte 0",
      "cut": "not a JSON object: at byte 13", "odd": "its messages are not a list", "binary": "expected UTF-8 text",
      "large": "10485760 bytes, which is more than 1048576", "wrong": "where a string is expected",
      "": "its name is empty or no UTF-8",
    ]
    for (user, reason) in reasons {
      let found = fixture.unreadable.first { $0.key == prefix + Array(user.utf8) }
      #expect(found?.reason.contains(reason) == true, "\(user): \(found?.reason ?? "-")")
    }
    #expect(fixture.unreadable.contains { $0.key == prefix + [0xFF] && $0.reason.contains("UTF-8") })
    #expect(fixture.unreadable.contains { $0.key == Array("admin:context:wrong".utf8) && $0.reason.contains("a hash") })
    #expect(try fixture.redis("DBSIZE").integer == before.map { $0 + 4 })
    #expect(try fixture.redis("GET", "chat:customer:large").value == large)
    #expect(try fixture.lifetime("chat:customer:text") == -1)
  }

  @Test("Many large values pass through bounded answers, and none is missed")
  func large() throws {
    let fixture = try MigrationFixture()
    let filling = String(repeating: "x", count: 700_000)
    for user in 0..<20 { try fixture.redis("SET", "chat:customer:\(user)", #"{"state":{"a":"\#(filling)"}}"#) }
    let tally = try fixture.migrate()
    #expect(tally.migrated == 20, "\(tally)")
    #expect(tally.unreadable == 0, "\(tally)")
  }

  @Test("More contexts than one answer, one batch and one script hold; each is found")
  func many() throws {
    let fixture = try MigrationFixture()
    try fixture.redis((0..<3_000).map { ["SET", "chat:customer:\($0)", "{}", "EX", "500"] })
    try fixture.redis((0..<700).map { ["SET", "admin:context:\($0)", "{}"] })
    let tally = try fixture.migrate()
    #expect(tally.migrated == 3_700, "\(tally)")
    #expect(tally.seen == 3_700, "\(tally)")
    #expect(try fixture.redis("DBSIZE") == .integer(5 * 3_700))
  }

  @Test("Messages from elsewhere go before those of the value; a user without any there keeps the value's")
  func messages() throws {
    let fixture = try MigrationFixture()
    let own = LegacyText.messages(2)
    try fixture.redis([
      ["SET", "chat:customer:a", RedisWord(LegacyText.value("a", own))],
      ["SET", "chat:customer:b", RedisWord(LegacyText.value("b", own))],
    ])
    let tally = try fixture.migrate { $0.messages = FakeMessages(known: "a") }
    #expect(tally.migrated == 2)
    let (a, b) = (ContextOwner(.client, "a"), ContextOwner(.client, "b"))
    func history(_ owner: ContextOwner) throws -> Int {
      let key = owner.key(of: .history, .derived(from: Array(owner.legacyKey.utf8)))
      return try Message.list(in: Array((fixture.text(key) ?? "").utf8)).count
    }
    #expect(try history(a) == 10)
    #expect(try history(b) == 2)
  }

  @Test("A source of messages that fails midway ends the run, and the next one goes on from there")
  func failingSource() throws {
    let fixture = try MigrationFixture()
    try fixture.redis((0..<2_000).map { ["SET", "chat:customer:\($0)", "{}"] })
    #expect(throws: MigrationError.self) {
      try fixture.migrate { $0.messages = FakeMessages(failing: "77") }
    }
    let tally = try fixture.migrate()
    #expect(tally.seen == 2_000, "\(tally)")
    #expect(tally.migrated + tally.present == 2_000, "\(tally)")
    #expect(tally.migrated > 0, "\(tally)")
    #expect(try fixture.redis("DBSIZE") == .integer(5 * 2_000))
  }
}

/// Has messages of one user, and fails at the question for another.
private struct FakeMessages: MessageSource {
  var known: String?
  var failing: String?
  var place: String { "here" }
  var invalidLines: InvalidLines { InvalidLines() }

  func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]] {
    if owners.contains(where: { $0.user == failing }) { throw .database("gone away") }
    return owners.map { $0.user == known ? LegacyText.messages(count) : [] }
  }
}
