/// The query that yields a user's open conversations from the application's database, newest first. It returns one or two
/// columns, with any names:
///
///     id         a UUID: 36 characters, or 16 bytes
///     time       when the conversation began: milliseconds since 1970, or NULL
///
/// It contains `{user}`, or `{users}` for a batch; then the user stands in a column in front of these (`SQLTemplate`).
package struct ConversationQuery: Sendable, Equatable {
  /// Which rows get the context.
  package enum Rows: String, Sendable, CaseIterable {
    case all, newest
  }

  package var rows: Rows
  /// The key of the configuration that has the query; nil: it is the layout's.
  package var key: String?
  let template: SQLTemplate
  /// As it was written.
  package var sql: String { template.sql }

  package init(sql: String, rows: Rows = .all) throws(SQLTemplate.ParseError) {
    template = try SQLTemplate(
      sql, about: [.user], others: [], advice: "user_id = {user}, or user_id IN ({users})")
    self.rows = rows
  }

  /// Those of a user's open conversations that get the context.
  package func receivers(_ open: [OpenConversation]) -> ArraySlice<OpenConversation> {
    rows == .all ? open[...] : open.prefix(1)
  }
}

/// A conversation that the application will continue.
package struct OpenConversation: Sendable, Equatable {
  package var id: ConversationID
  /// Milliseconds since 1970; nil where the query does not say it.
  package var startedAt: Int?

  package init(_ id: ConversationID, startedAt: Int? = nil) {
    self.id = id
    self.startedAt = startedAt
  }
}
