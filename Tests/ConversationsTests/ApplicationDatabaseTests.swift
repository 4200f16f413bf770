import Conversations
import Foundation
import MySQL
import TestSupport
import Testing

@Suite(
  "Conversations and messages in the database of the application that spec-012 is about", .serialized, .startsPrograms)
struct ApplicationDatabaseTests {
  private typealias Tables = ApplicationTables

  private func texts(_ messages: [Message]) -> [String] { messages.map { String(decoding: $0.json, as: UTF8.self) } }

  @Test("A customer's conversations are all found, the last used one first; nobody else's are")
  func customers() throws {
    let tables = try Tables()
    try tables.conversation(1, of: 1, created: "2026-03-01 09:00:00", updated: "2026-03-01 09:30:00")
    try tables.conversation(2, of: 1, created: "2026-03-01 08:00:00", updated: "2026-03-01 09:40:00")
    try tables.conversation(3, of: 2, created: "2026-03-01 08:00:00", updated: "2026-03-01 09:40:00")
    let database = try tables.database(.client)
    let users = [
      Tables.user(2), Tables.user(9), Tables.user(1), Tables.user(1), Array("42".utf8), [0xFF], Array("'".utf8),
    ]
    let found = try #require(try database.open(of: users))
    // 2026-03-01T08:00:00Z
    let (eight, nine) = (1_772_352_000_000, 1_772_355_600_000)
    let two = [OpenConversation(Tables.id(2), startedAt: eight), OpenConversation(Tables.id(1), startedAt: nine)]
    #expect(found == [[OpenConversation(Tables.id(3), startedAt: eight)], [], two, two, [], [], []])
    let layout = try #require(try Layout.named("spec-012").roles[.client])
    #expect(layout.conversations?.receivers(two) == two[...])
  }

  @Test("Of an admin's open rows all are known and the newest gets the context; an ended one is not open")
  func admins() throws {
    let tables = try Tables()
    try tables.row(1, ofAdmin: 1, started: "2026-03-01 09:00:00")
    try tables.row(2, ofAdmin: 1, started: "2026-03-01 09:20:00", ended: "2026-03-01 09:21:00")
    try tables.row(3, ofAdmin: 1, started: "2026-03-01 09:10:00")
    try tables.row(4, ofAdmin: 2, started: "2026-03-01 09:10:00", ended: "2026-03-01 09:11:00")
    try tables.conversation(5, of: 1, created: "2026-03-01 09:00:00", updated: "2026-03-01 09:30:00")
    let found = try #require(try tables.database(.admin).open(of: [Tables.user(1), Tables.user(2)]))
    #expect(found.map { $0.map(\.id) } == [[Tables.id(3), Tables.id(1)], []])
    #expect(found[0].map(\.startedAt) == [1_772_356_200_000, 1_772_355_600_000])
    let layout = try #require(try Layout.named("spec-012").roles[.admin])
    #expect(layout.conversations?.receivers(found[0]).map(\.id) == [Tables.id(3)])
    #expect(layout.conversations?.receivers([]) == [])
  }

  @Test("The last ten messages, oldest first, the question before the answer of the same second")
  func messages() throws {
    let tables = try Tables()
    for turn in 0..<7 {
      let second = "2026-03-01 09:00:0\(turn)"
      // The answer is stored first in every other exchange: the order of insertion must not matter.
      let both = [("user", "q\(turn)"), ("assistant", "a\(turn)")]
      for (role, text) in turn % 2 == 0 ? both : both.reversed() { try tables.say(role, text, in: 1, at: second) }
      try tables.say("system", "hidden", in: 1, at: second)
    }
    try tables.say("user", "a \\\"ü\\\"\\n🚂/", in: 2, at: "2026-03-01 09:00:00")
    let database = try tables.database(.client)
    let (one, other) = ((user: Tables.user(1), id: Tables.id(1)), (user: Tables.user(1), id: Tables.id(2)))
    let found = try database.messages(of: [other, one, (user: Tables.user(1), id: Tables.id(3)), one], 10)
    let expected = (2..<7).flatMap {
      [#"{"role":"user","content":"q\#($0)"}"#, #"{"role":"assistant","content":"a\#($0)"}"#]
    }
    #expect(found.map(texts) == [[#"{"role":"user","content":"a \"ü\"\n🚂/"}"#], expected, [], expected])
    #expect(try texts(database.messages(of: [one], 3)[0]) == Array(expected.suffix(3)))
  }

  @Test("An admin's messages have the roles of a conversation")
  func adminMessages() throws {
    let tables = try Tables()
    try tables.server.sql(
      """
      INSERT INTO admin_assistant_messages (conversation_id, sender, message_text, sent_at) VALUES
        (\(Tables.bytes("c", 1)), 'assistant', 'done', '2026-03-01 09:00:00'),
        (\(Tables.bytes("c", 1)), 'admin', 'do it', '2026-03-01 09:00:00'),
        (\(Tables.bytes("c", 1)), 'admin', 'more', '2026-03-01 09:00:01')
      """)
    let found = try tables.database(.admin).messages(of: [(user: Tables.user(1), id: Tables.id(1))], 10)
    #expect(
      texts(found[0]) == [
        #"{"role":"user","content":"do it"}"#, #"{"role":"assistant","content":"done"}"#,
        #"{"role":"user","content":"more"}"#,
      ])
  }

  @Test("One statement for a batch finds the same as one for each, for columns of bytes and of text")
  func batches() throws {
    let tables = try Tables()
    try tables.server.sql(
      """
      INSERT INTO conversations SELECT UNHEX(CONCAT('c00000005b7e4c1d9a33', LPAD(HEX(seq), 12, '0'))),
        UNHEX(CONCAT('a00000005b7e4c1d9a33', LPAD(HEX(seq % 700), 12, '0'))), 't', FROM_UNIXTIME(1772355600),
        FROM_UNIXTIME(1772355600 + seq) FROM seq_0_to_1399;
      INSERT INTO conversation_messages (conversation_id, role, content, `timestamp`)
        SELECT id, IF(seq % 2, 'assistant', 'user'), CONCAT(HEX(RIGHT(id, 2)), ' ', seq), FROM_UNIXTIME(1772355600 + seq DIV 2)
        FROM conversations, seq_0_to_11;
      CREATE VIEW as_text AS SELECT UPPER(BIN_TO_UUID(id)) AS id, BIN_TO_UUID(user_id) AS user_id, updated_at FROM conversations;
      """.replacing("BIN_TO_UUID(", with: "to_uuid(")
        .replacing("CREATE VIEW", with: Self.toUUID + "CREATE VIEW"))
    let users = (0..<700).reversed().map(Tables.user) + [Tables.user(0x2000)]
    let expected = (0..<700).reversed().map { [Tables.id($0 + 700), Tables.id($0)] } + [[]]
    for query in [
      "SELECT id FROM conversations WHERE user_id = {user_bytes} ORDER BY updated_at DESC",
      "SELECT user_id, id, NULL FROM conversations WHERE user_id = UNHEX(REPLACE({user}, '-', '')) ORDER BY updated_at DESC",
      "SELECT user_id, id FROM conversations WHERE user_id IN ({users_bytes}) ORDER BY updated_at DESC;",
      "SELECT user_id, id FROM as_text WHERE user_id IN ({users}) ORDER BY updated_at DESC",
    ] {
      let found = try #require(try tables.database(.client, conversations: query).open(of: users))
      #expect(found.map { $0.map(\.id) } == expected, "\(query)")
    }
    let conversations = (0..<1_400).reversed().map { (user: Tables.user($0 % 700), id: Tables.id($0)) }
    let shipped = try tables.database(.client).messages(of: conversations, 10)
    #expect(shipped.allSatisfy { $0.count == 10 })
    #expect(texts(shipped[0])[0].hasSuffix(#"0577 2"}"#))
    for (column, placeholder) in [
      ("conversation_id", "conversations_bytes"), ("to_uuid(conversation_id)", "conversations"),
    ] {
      let query = """
        SELECT c, role, content FROM (SELECT \(column) AS c, role, content, ROW_NUMBER() OVER (PARTITION BY conversation_id
          ORDER BY `timestamp` DESC, role = 'user') AS place FROM conversation_messages) AS newest
        WHERE c IN ({\(placeholder)}) AND place <= {count} ORDER BY c, place
        """
      #expect(try tables.database(.client, messages: query).messages(of: conversations, 10) == shipped, "\(query)")
    }
    let byUser =
      "SELECT role, content FROM conversation_messages JOIN conversations c ON c.id = conversation_id "
      + "WHERE user_id = {user_bytes} ORDER BY `timestamp` DESC, updated_at DESC, role = 'user'"
    let ofUser = try tables.database(.client, messages: byUser).messages(of: [conversations[0], conversations[700]], 2)
    #expect(ofUser[0] == ofUser[1])
    #expect(ofUser[0].count == 2)
  }

  /// MySQL has BIN_TO_UUID, MariaDB 10.11 has not.
  private static let toUUID = """
    CREATE FUNCTION to_uuid(b BINARY(16)) RETURNS CHAR(36) DETERMINISTIC RETURN LOWER(CONCAT(HEX(LEFT(b, 4)), '-',
      HEX(SUBSTR(b, 5, 2)), '-', HEX(SUBSTR(b, 7, 2)), '-', HEX(SUBSTR(b, 9, 2)), '-', HEX(RIGHT(b, 6))));

    """

  @Test("An id that is none says what was found, which query it is of, and how to write it")
  func wrongIDs() throws {
    let tables = try Tables()
    for (column, part) in [
      ("17", "the id \"17\""), ("NULL", "the id NULL"), ("'abcdefghijklmnop'", "the id \"abcdefghijklmnop\""),
      ("x'00ff'", "the id 2 bytes"), ("HEX(x'\(String(repeating: "ab", count: 16))')", "the id \"ABAB"),
      ("UUID(), 1772355600", "expected milliseconds since 1970"),
      ("{user}, UUID(), 1, 2", "4 columns, expected id, time"),
    ] {
      let database = try tables.database(.client, conversations: "SELECT \(column) FROM (SELECT {user}) AS u")
      #expect { _ = try database.open(of: [Tables.user(1)]) } throws: { error in
        "\(error)".contains(part) && "\(error)".contains("contexts.queries.client.conversations returned")
      }
    }
    let other = try tables.database(.client, messages: "SELECT 'system', 'x', {conversation} IS NULL")
    #expect { _ = try other.messages(of: [(user: Tables.user(1), id: Tables.id(1))], 10) } throws: { error in
      "\(error)".hasPrefix("roles.client.messages.query of the layout returned the role \"system\"")
    }
    let unknown = try tables.database(.client, messages: "SELECT role, text FROM talks WHERE id = {conversation}")
    #expect { _ = try unknown.messages(of: [(user: Tables.user(1), id: Tables.id(1))], 10) } throws: { error in
      "\(error)".contains("roles.client.messages.query of the layout: ") && "\(error)".contains("talks")
    }
  }

  @Test(
    "A message without text is an empty one, bytes that are not UTF-8 are replaced, a time is written as the layout says"
  )
  func oddTexts() throws {
    let tables = try Tables()
    var layout = try #require(try Layout.named("spec-012").roles[.client])
    layout.messages = try MessageQuery(
      """
      SELECT 'user', NULL, 1772355600123 WHERE {conversation} <> '' UNION ALL
      SELECT 'assistant', x'61ff62', NULL UNION ALL SELECT 'user', 'first', '1772355600999.5'
      """)
    layout.unified.message.role = "who"
    layout.unified.message.text = "te\"xt"
    layout.unified.message.time = "on"
    layout.unified.message.timeFormat = .rfc3339
    let database = ApplicationDatabase(try MySQLAddress(parsing: tables.server.address()), layout)
    let found = try database.messages(of: [(user: Tables.user(1), id: Tables.id(1))], 10)
    #expect(
      texts(found[0]) == [
        #"{"who":"user","te\"xt":"first","on":"2026-03-01T09:00:00.999+00:00"}"#,
        "{\"who\":\"assistant\",\"te\\\"xt\":\"a\u{FFFD}b\"}",
        #"{"who":"user","te\"xt":"","on":"2026-03-01T09:00:00.123+00:00"}"#,
      ])
    layout.unified.message.timeFormat = .seconds
    let seconds = ApplicationDatabase(try MySQLAddress(parsing: tables.server.address()), layout)
    #expect(try texts(seconds.messages(of: [(user: [], id: Tables.id(1))], 10)[0])[0].hasSuffix(#""on":1772355600}"#))
  }

  @Test("Without a query there is nothing to know; several threads ask at once")
  func threads() throws {
    let tables = try Tables()
    try tables.conversation(1, of: 1, created: "2026-03-01 09:00:00", updated: "2026-03-01 09:30:00")
    var layout = try #require(try Layout.named("spec-012").roles[.client])
    (layout.conversations, layout.messages) = (nil, nil)
    let none = ApplicationDatabase(try MySQLAddress(parsing: tables.server.address()), layout)
    #expect(try none.open(of: [Tables.user(1)]) == nil)
    #expect(try none.messages(of: [(user: Tables.user(1), id: Tables.id(1))], 10) == [[]])
    // One connection alone would take two seconds.
    let database = try tables.database(
      .client, conversations: "SELECT {user}, UUID(), SLEEP(0.5) * 0 FROM (SELECT 1) AS one")
    let time = ContinuousClock().measure {
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        #expect((try? database.open(of: [Tables.user(1)]))??[0].count == 1)
      }
    }
    #expect(time < .seconds(2))
  }
}
