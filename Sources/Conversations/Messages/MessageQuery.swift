/// The query that reads messages from the application's database. It returns two or three columns, with any names:
///
///     role       user or assistant
///     text       NULL is read as an empty text
///     time       milliseconds since 1970, or NULL
///
/// with the newest message first; of messages of the same time, an answer is before its question. It contains `{user}` or
/// `{conversation}`, or one of their other forms (`SQLTemplate`), and may contain `{channel}` and `{count}`: rows beyond
/// `{count}` are ignored. A further column in front names the user or conversation; a query for a batch must have it.
package struct MessageQuery: Sendable, Equatable {
  package typealias ParseError = SQLTemplate.ParseError

  /// For the table of deploy/mysql/messages.sql. With the index (channel, user_id, created_at) it reads `count` rows, however
  /// many messages the user has.
  package static let standard: MessageQuery = {
    let sql = """
      SELECT user_id, role, content, CAST(UNIX_TIMESTAMP(created_at) * 1000 AS UNSIGNED) FROM messages \
      WHERE channel = {channel} AND user_id = {user} ORDER BY created_at DESC, id DESC LIMIT {count}
      """
    guard let query = try? MessageQuery(sql) else { preconditionFailure("the standard query is invalid") }
    return query
  }()

  /// The key of the configuration that has the query; nil: it is the layout's.
  package var key: String?
  let template: SQLTemplate
  /// It names a conversation, not a user.
  package var isAboutConversation: Bool { template.subject.kind == .conversation }
  /// As it was written.
  package var sql: String { template.sql }

  package init(_ sql: String) throws(ParseError) {
    template = try SQLTemplate(
      sql, about: [.user, .conversation], others: ["channel", "count"],
      advice: "user_id = {user}, user_id IN ({users}) or conversation_id = {conversation}")
  }
}
