import Conversations
import MySQL
import TestSupport
import Testing

/// The tables of the application that the layout spec-012 is about, in a real MariaDB.
struct ApplicationTables {
  let server: MariaDBServer

  init() throws {
    server = try MariaDBServer()
    try server.sql("ALTER DATABASE shop CHARACTER SET utf8mb4;\n" + ApplicationSchema.sql)
  }

  /// The UUID of a user or a conversation of a test.
  static func uuid(_ kind: Character, _ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "\(kind)0000000-5b7e-4c1d-9a33-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
  }

  static func id(_ number: Int) -> ConversationID {
    guard let id = ConversationID(uuid("c", number)) else { preconditionFailure("no UUID") }
    return id
  }
  static func user(_ number: Int) -> [UInt8] { Array(uuid("a", number).utf8) }

  static func bytes(_ kind: Character, _ number: Int) -> String {
    "x'" + uuid(kind, number).replacing("-", with: "") + "'"
  }

  func conversation(_ number: Int, of user: Int, created: String, updated: String) throws {
    try server.sql(
      """
      INSERT INTO conversations VALUES (\(Self.bytes("c", number)), \(Self.bytes("a", user)), 't', '\(created)', '\(updated)')
      """)
  }

  func row(_ number: Int, ofAdmin user: Int, started: String, ended: String? = nil) throws {
    try server.sql(
      """
      INSERT INTO admin_assistant_conversations (id, admin_user_id, started_at, ended_at)
      VALUES (\(Self.bytes("c", number)), \(Self.bytes("a", user)), '\(started)', \(ended.map { "'\($0)'" } ?? "NULL"))
      """)
  }

  func say(_ role: String, _ text: String, in conversation: Int, at time: String) throws {
    try server.sql(
      """
      INSERT INTO conversation_messages (conversation_id, role, content, `timestamp`)
      VALUES (\(Self.bytes("c", conversation)), '\(role)', '\(text)', '\(time)')
      """)
  }

  /// The role's part of a layout that ships, with other queries if they are given.
  func database(
    _ role: ContextRole, conversations: String? = nil, rows: ConversationQuery.Rows = .all, messages: String? = nil
  ) throws -> ApplicationDatabase {
    var layout = try #require(try Layout.named("spec-012").roles[role])
    if let conversations {
      layout.conversations = try ConversationQuery(sql: conversations, rows: rows)
      layout.conversations?.key = "contexts.queries.\(role).conversations"
    }
    if let messages { layout.messages = try MessageQuery(messages) }
    return ApplicationDatabase(try MySQLAddress(parsing: server.address()), layout)
  }
}
