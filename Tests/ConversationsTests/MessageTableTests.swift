import Conversations
import Foundation
import MySQL
import TestSupport
import Testing

@Suite("Messages in a table of MariaDB", .serialized, .startsPrograms)
struct MessageTableTests {
  private let table: String

  init() throws {
    table = try Repository.text("deploy/mysql/messages.sql")
  }

  private func text(_ messages: [Message]) -> String {
    messages.map { String(decoding: $0.json, as: UTF8.self) }.joined(separator: "\n")
  }

  private func contents(_ messages: [Message]) -> [String] { messages.map { $0.content.text ?? "?" } }

  private func source(_ server: MariaDBServer, _ query: String? = nil) throws -> any MessageSource {
    let place = try MessageLocation(parsing: server.address())
    guard let query else { return try place.source() }
    let both = try MessageQuery(query)
    return try place.source(queries: [.client: both, .admin: both])
  }

  @Test(
    "What the log writes, the source finds: the last ten of each user, the oldest first, in the order of the owners")
  func writtenAndRead() throws {
    let server = try MariaDBServer()
    try server.sql(table)
    let log = try MessageLocation(parsing: server.address()).log()
    let users = (0..<700).map { "u\($0)" } + ["Anna", "anna", "42", "42abc", "a:b'c\\", "Zoë 🚂"]
    try server.sql(
      """
      INSERT INTO messages (channel, user_id, role, content, created_at)
      SELECT 'client', CONCAT('u', seq % 700), 'user', seq, FROM_UNIXTIME(1763800000 + seq / 1000) FROM seq_0_to_13999
      """)
    for (place, user) in users.suffix(6).enumerated() {
      for turn in 0..<(place * 3) {
        // All at one time: then the order is that in which they were written.
        let message = Message(turn % 2 == 0 ? .user : .assistant, "\(user) \(turn)\n'\u{7}\"\\", at: 1_763_800_000_123)
        try log.append(message, of: ContextOwner(.client, user))
      }
    }
    try log.append(Message(.assistant, "for an admin", at: 1_763_800_000_999), of: ContextOwner(.admin, "42"))

    let owners =
      users.reversed().map { ContextOwner(.client, $0) } + [ContextOwner(.admin, "42"), ContextOwner(.admin, "x")]
    let found = try source(server).last(10, of: owners)
    #expect(found.count == owners.count)
    #expect(text(found[owners.count - 2]) == #"{"role":"assistant","content":"for an admin","at":1763800000999}"#)
    #expect(found[owners.count - 1].isEmpty)
    for (place, user) in users.suffix(6).enumerated() {
      let turns = (0..<(place * 3)).suffix(10)
      let expected = turns.map {
        Message($0 % 2 == 0 ? .user : .assistant, "\(user) \($0)\n'\u{7}\"\\", at: 1_763_800_000_123)
      }
      #expect(found[5 - place] == expected, "\(user)")
    }
    for number in 0..<700 {
      #expect(contents(found[6 + 699 - number]) == (10..<20).map { "\($0 * 700 + number)" })
    }
    #expect(try contents(source(server).last(3, of: [ContextOwner(.client, "u7")])[0]) == ["11907", "12607", "13307"])
  }

  @Test("A query for another table, by user and by batch; users whom only the database takes for the same get nothing")
  func ownQuery() throws {
    let server = try MariaDBServer()
    try server.sql(
      """
      CREATE TABLE chat (customer INT, bot BOOL, body TEXT, said TIMESTAMP(6) NULL, n INT AUTO_INCREMENT PRIMARY KEY);
      INSERT INTO chat (customer, bot, body, said) SELECT 42, seq % 2, CONCAT('m', seq), FROM_UNIXTIME(1763800000 + seq)
        FROM seq_1_to_15;
      INSERT INTO chat (customer, bot, body, said) VALUES (7, 0, NULL, NULL);
      """)
    let columns = "customer, IF(bot, 'assistant', 'user'), body, UNIX_TIMESTAMP(said) * 1000"
    let owners = ["42abc", "42", " 42", "7", "8"].map { ContextOwner(.client, $0) }
    for query in [
      "SELECT \(columns) FROM chat WHERE customer = {user} AND {channel} = 'client' ORDER BY n DESC LIMIT {count};  ",
      """
      SELECT u, r, b, t FROM (
        SELECT customer AS u, IF(bot, 'assistant', 'user') AS r, body AS b, UNIX_TIMESTAMP(said) * 1000 AS t,
          ROW_NUMBER() OVER (PARTITION BY customer ORDER BY n DESC) AS place
        FROM chat WHERE customer IN ({users})) AS newest
      WHERE place <= {count} ORDER BY u, place
      """,
    ] {
      let found = try source(server, query).last(10, of: owners)
      #expect(contents(found[1]) == (6...15).map { "m\($0)" })
      #expect(text([found[1][0]]) == #"{"role":"user","content":"m6","at":1763800006000}"#)
      #expect(text(found[3]) == #"{"role":"user","content":""}"#)
      #expect(found[0].isEmpty)
      #expect(found[2].isEmpty)
      #expect(found[4].isEmpty)
    }
  }

  @Test("What is wrong with a query or its rows is said, with what to do")
  func wrongQueries() throws {
    let server = try MariaDBServer()
    let owner = [ContextOwner(.client, "42")]
    for (query, part) in [
      ("SELECT {user}, 'user', 'x', 1, 2", "5 columns, expected role, text, time"),
      ("SELECT LENGTH({user})", "1 columns, expected role, text, time"),
      ("SELECT {user}, 'user', 'x'", "the role \"42\" of a message, expected user or assistant"),
      ("SELECT {user}, 'user', 'x', '2025-11-22 08:00:00'", "UNIX_TIMESTAMP(column) * 1000"),
      ("SELECT {user}, 'user', 'x', 1763800000", "UNIX_TIMESTAMP(column) * 1000"),
      ("SELECT {user}, NULL, 'x', 1", "NULL for the role"),
      ("SELECT * FROM messages WHERE user_id = {user}", "deploy/mysql/messages.sql"),
      ("SELECT {user}, role, x, 0 FROM mysql.user", "Name the columns of your table in the query"),
      ("SELECT nonsense({user}", "the query for messages: MySQL refused"),
    ] {
      #expect { try source(server, query).last(10, of: owner) } throws: { "\($0)".contains(part) }
    }
  }

  @Test("After the database was away, it is asked again on a new connection; meanwhile the error says where")
  func away() throws {
    let server = try MariaDBServer()
    try server.sql(table)
    let place = try MessageLocation(parsing: server.address())
    let (log, reader) = (try place.log(), try place.source())
    let owner = ContextOwner(.client, "42")
    try log.append(Message(.user, "before", at: 1_763_800_000_000), of: owner)
    #expect(try contents(reader.last(10, of: [owner])[0]) == ["before"])
    server.kill()
    #expect { try reader.last(10, of: [owner]) } throws: { "\($0)".contains("127.0.0.1:\(server.port)") }
    #expect(throws: MessageSourceError.self) { try log.append(Message(.user, "lost", at: 1), of: owner) }
    try server.restart()
    try log.append(Message(.user, "after", at: 1_763_800_001_000), of: owner)
    #expect(try contents(reader.last(10, of: [owner])[0]) == ["before", "after"])
  }
}
