package import MySQL

/// What the application's database says of the contexts of one role: which conversations are open, and their last messages.
/// Safe from any thread; each thread that waits has a connection of its own.
package struct ApplicationDatabase: Sendable {
  /// The address without its password.
  package let place: String
  private let role: ContextRole
  private let connections: DatabaseConnections
  private let openRows: QueryRows?
  private let messageRows: MessageRows?
  private let isByConversation: Bool

  /// A user's further open conversations are ignored. The application goes on with one of the newest.
  package static let openLimit = 1_000

  package init(_ address: MySQLAddress, _ layout: RoleLayout) {
    let role = layout.role
    func name(_ query: String, _ key: String?) -> String { key ?? "roles.\(role).\(query).query of the layout" }
    place = address.description
    self.role = role
    connections = DatabaseConnections(address)
    openRows = layout.conversations.map {
      QueryRows(template: $0.template, name: name("conversations", $0.key), columns: ["id", "time"], required: 1)
    }
    messageRows = layout.messages.map {
      MessageRows($0, name: name("messages", $0.key), members: layout.unified.message)
    }
    isByConversation = layout.messages?.isAboutConversation ?? false
  }

  /// The open conversations of each user, in the order of `users` and of the query, which is newest first; nil: the layout has
  /// no query for them. Pass some hundred users at once: they are read together.
  ///
  /// - Throws: an id that is neither a UUID nor 16 bytes is an error of the query.
  package func open(of users: [[UInt8]]) throws(MessageSourceError) -> [[OpenConversation]]? {
    guard let openRows else { return nil }
    var all: [[OpenConversation]] = []
    all.reserveCapacity(users.count)
    for rows in try openRows.read(Self.openLimit, of: users, role, from: connections) {
      var conversations: [OpenConversation] = []
      for row in rows {
        let conversation = try conversation(row, openRows)
        // A join may repeat a row.
        if !conversations.contains(where: { $0.id == conversation.id }) { conversations.append(conversation) }
      }
      all.append(conversations)
    }
    return all
  }

  private func conversation(_ row: QueryRows.Row, _ open: QueryRows) throws(MessageSourceError) -> OpenConversation {
    let column = row[row.startIndex]
    guard let column, let id = ConversationID(column: column) else {
      let text = column.flatMap { String(validating: $0.prefix(40), as: UTF8.self) }
      let found = text.map { "\"\($0)\"" } ?? column.map { "\($0.count) bytes" } ?? "NULL"
      throw .rows(
        query: open.name,
        "the id \(found), expected a UUID of 36 characters, or its 16 bytes. Select the column of the id first, as it is, or "
          + "as text with BIN_TO_UUID(id)")
    }
    return OpenConversation(id, startedAt: row.count > 1 ? try open.milliseconds(row[row.startIndex + 1]) : nil)
  }

  /// The last `count` messages of each conversation, in their order, oldest first; empty for an unknown one, and where the
  /// layout has no query for messages. Where its query is about users, those of the user.
  package func messages(
    of conversations: [(user: [UInt8], id: ConversationID)], _ count: Int
  ) throws(MessageSourceError) -> [[Message]] {
    guard let messageRows else { return Array(repeating: [], count: conversations.count) }
    let subjects = conversations.map { isByConversation ? Array($0.id.text.utf8) : $0.user }
    return try messageRows.messages(count, of: subjects, role, from: connections)
  }
}
