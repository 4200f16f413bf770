internal import MySQL

/// The query that reads messages from the application's table. It gives four columns, whatever their names:
///
///     user       as it stands in the keys of Redis
///     role       user or assistant
///     text
///     time       milliseconds since 1970, or NULL
///
/// and of each user the newest message first. In it stand, without quotes around them:
///
///     {user}     one user: the query is made once for each, several hundred in one round trip
///     {users}    or instead: all users of a batch with commas between them, for `IN ({users})`
///     {channel}  client or admin
///     {count}    how many of each user are wanted; more are passed over
package struct MessageQuery: Sendable, Equatable {
  /// For the table of deploy/mysql/messages.sql. The index (channel, user_id, created_at) is all it needs: it reads `count`
  /// rows of it, however many messages the user has.
  package static let standard = MessageQuery(
    pieces: pieces(
      of: """
        SELECT user_id, role, content, CAST(UNIX_TIMESTAMP(created_at) * 1000 AS UNSIGNED) FROM messages \
        WHERE channel = {channel} AND user_id = {user} ORDER BY created_at DESC, id DESC LIMIT {count}
        """))

  package enum Fault: Error, Equatable, CustomStringConvertible {
    case noUser
    case both
    case unknown(String)

    package var description: String {
      switch self {
      case .noUser: "it names no user. Write user_id = {user}, or user_id IN ({users})"
      case .both: "it has both {user} and {users}. Keep one of them"
      case .unknown(let name): "{\(name)} is unknown. Known are {user}, {users}, {channel} and {count}"
      }
    }
  }

  private enum Piece: Sendable, Equatable {
    case sql(String)
    case place(String)
  }

  private let pieces: [Piece]

  private init(pieces: [Piece]) { self.pieces = pieces }

  package init(_ text: String) throws(Fault) {
    // A statement ends where the query ends: a second one would stand where the next user's is expected.
    var text = Substring(text)
    while let last = text.last, last == ";" || last.isWhitespace { text.removeLast() }
    pieces = Self.pieces(of: String(text))
    let names = pieces.compactMap { if case .place(let name) = $0 { name } else { nil } }
    if let name = names.first(where: { !["user", "users", "channel", "count"].contains($0) }) { throw .unknown(name) }
    switch (names.contains("user"), names.contains("users")) {
    case (false, false): throw .noUser
    case (true, true): throw .both
    default: break
    }
  }

  private static func pieces(of text: String) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      pieces += [.sql(String(rest[..<open])), .place(String(rest[rest.index(after: open)..<close]))]
      rest = rest[rest.index(after: close)...]
    }
    return pieces + [.sql(String(rest))]
  }

  /// Whether one statement asks for a whole batch.
  var isForMany: Bool { pieces.contains(.place("users")) }

  func statement(for users: [String], role: ContextRole, count: Int) -> MySQLQuery {
    var query = MySQLQuery()
    for piece in pieces {
      switch piece {
      case .sql(let sql): query.append(sql: sql)
      case .place("channel"): query.append(.text(role.rawValue))
      case .place("count"): query.append(.integer(count))
      default:
        for (place, user) in users.enumerated() {
          if place > 0 { query.append(sql: ",") }
          query.append(.text(user))
        }
      }
    }
    return query
  }
}
