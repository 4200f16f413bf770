internal import MySQL

/// The query that reads messages from the application's table. It returns four columns, with any names:
///
///     user       as in the keys of Redis
///     role       user or assistant
///     text
///     time       milliseconds since 1970, or NULL
///
/// with the newest message of a user first. It contains these placeholders, without quotes:
///
///     {user}     one user: one query per user, several hundred in one round trip
///     {users}    or instead: all users of a batch, separated by commas, for `IN ({users})`
///     {channel}  client or admin
///     {count}    the number of messages per user; further ones are ignored
package struct MessageQuery: Sendable, Equatable {
  /// For the table of deploy/mysql/messages.sql. With the index (channel, user_id, created_at) it reads `count` rows, however
  /// many messages the user has.
  package static let standard = MessageQuery(
    pieces: pieces(
      of: """
        SELECT user_id, role, content, CAST(UNIX_TIMESTAMP(created_at) * 1000 AS UNSIGNED) FROM messages \
        WHERE channel = {channel} AND user_id = {user} ORDER BY created_at DESC, id DESC LIMIT {count}
        """))

  package enum ParseError: Error, Equatable, CustomStringConvertible {
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
    case placeholder(String)
  }

  private let pieces: [Piece]

  private init(pieces: [Piece]) { self.pieces = pieces }

  package init(_ text: String) throws(ParseError) {
    // Strip trailing semicolons: the connection would take an empty second statement for the next user's.
    var text = Substring(text)
    while let last = text.last, last == ";" || last.isWhitespace { text.removeLast() }
    pieces = Self.pieces(of: String(text))
    let names = pieces.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    if let name = names.first(where: { !["user", "users", "conversation", "channel", "count"].contains($0) }) { throw .unknown(name) }
    switch (names.contains("user"), names.contains("users")) {
    case (false, false) where !names.contains("conversation"): throw .noUser
    case (true, true): throw .both
    default: break
    }
  }

  private static func pieces(of text: String) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      pieces += [.sql(String(rest[..<open])), .placeholder(String(rest[rest.index(after: open)..<close]))]
      rest = rest[rest.index(after: close)...]
    }
    return pieces + [.sql(String(rest))]
  }

  /// Whether one statement covers a whole batch.
  var isForMany: Bool { pieces.contains(.placeholder("users")) }

  func statement(for users: [String], role: ContextRole, count: Int) -> MySQLQuery {
    var query = MySQLQuery()
    for piece in pieces {
      switch piece {
      case .sql(let sql): query.append(sql: sql)
      case .placeholder("channel"): query.append(.text(role.rawValue))
      case .placeholder("count"): query.append(.integer(count))
      default:
        for (index, user) in users.enumerated() {
          if index > 0 { query.append(sql: ",") }
          query.append(.text(user))
        }
      }
    }
    return query
  }
}
