import Conversations
import Testing

@Suite("Queries with placeholders")
struct SQLTemplateTests {
  @Test("What is wrong with a query is said, with what to write")
  func mistakes() {
    let mistakes: [(String, String?, String?)] = [
      ("SELECT 1", "names no user. Write user_id = {user}", "names no user. Write user_id = {user}"),
      ("SELECT {user} IN ({users})", "both {user} and {users}", "both {user} and {users}"),
      ("SELECT {user} AND {conversation}", "{conversation} is unknown", "both {user} and {conversation}"),
      ("SELECT {user} AND {user}", nil, nil),
      ("SELECT {users_bytes};; \n", nil, nil),
      ("SELECT {conversation_bytes}", "Known are {user}, {users}, {user_bytes} and {users_bytes}", nil),
      ("SELECT {usr}", "{usr} is unknown", "{usr} is unknown"),
      ("SELECT '{user}'", "{user} stands in quotes", "{user} stands in quotes"),
      (
        "SELECT \"{conversation}\" = {conversation}", "{conversation} is unknown",
        "{conversation} stands in quotes"
      ),
      ("SELECT {user} LIMIT {count}", "{count} is unknown", nil),
      ("SELECT {user}, '{', '}'", "{', '} is unknown", "{', '} is unknown"),
    ]
    for (sql, conversations, messages) in mistakes {
      #expect(message { _ = try ConversationQuery(sql: sql) }.contains(conversations ?? "none"), "\(sql)")
      #expect(message { _ = try MessageQuery(sql) }.contains(messages ?? "none"), "\(sql)")
    }
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "none"
  }

  @Test("An id as a database has it: text of both cases, or 16 bytes; not 16 letters")
  func ids() {
    let id = ConversationID("0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90")
    #expect(ConversationID(column: Array("0F6D2A10-5b7e-4c1d-9A33-2b1c7d5e8f90".utf8)) == id)
    let bytes: [UInt8] = [
      0x0f, 0x6d, 0x2a, 0x10, 0x5b, 0x7e, 0x4c, 0x1d, 0x9a, 0x33, 0x2b, 0x1c, 0x7d, 0x5e, 0x8f, 0x90,
    ]
    #expect(ConversationID(column: bytes) == id)
    #expect(ConversationID(column: Array(repeating: 0, count: 16))?.text == "00000000-0000-0000-0000-000000000000")
    #expect(ConversationID(column: Array("abcdefghijklmnop".utf8)) == nil)
    #expect(ConversationID(column: Array("abcdefghijklmno\u{7F}".utf8)) != nil)
    #expect(ConversationID(column: Array(bytes.dropLast())) == nil)
    #expect(ConversationID(column: []) == nil)
    #expect(ConversationID(column: Array("0f6d2a105b7e4c1d9a332b1c7d5e8f90".utf8)) == nil)
  }
}
