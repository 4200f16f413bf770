/// The query that yields the ids of a user's open conversations from the application's database, newest first: a column with
/// the id (text, or 16 bytes) and, optionally, one with the time at which it began, in milliseconds since 1970.
package struct ConversationQuery: Sendable, Equatable {
  /// SQL with the placeholder `{user}`.
  package var sql: String
  /// Which rows get the context.
  package var rows: Rows

  package enum Rows: String, Sendable, CaseIterable {
    case all, newest
  }

  package init(sql: String, rows: Rows = .all) {
    self.sql = sql
    self.rows = rows
  }
}
