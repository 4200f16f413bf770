package import MySQL

/// Messages in a table of MySQL or MariaDB, read with queries that the operator may replace.
package final class MessageTable: MessageSource {
  package let place: String
  private let connections: DatabaseConnections
  private let rows: [ContextRole: MessageRows]

  /// - Parameter queries: for each role, in place of the standard one.
  package init(_ address: MySQLAddress, queries: [ContextRole: MessageQuery] = [:]) {
    connections = DatabaseConnections(address)
    place = address.description
    let members = UnifiedLayout.MessageMembers(role: "role", text: "content", time: "at", timeFormat: .milliseconds)
    rows = Dictionary(
      uniqueKeysWithValues: ContextRole.allCases.map { role in
        let query = queries[role] ?? .standard
        return (role, MessageRows(query, name: query.key ?? "the query for messages", members: members))
      })
  }

  /// Empty: an invalid row is an error of the query and ends the command.
  package var invalidLines: InvalidLines { InvalidLines() }

  package func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]] {
    var found = [[Message]](repeating: [], count: owners.count)
    for (role, rows) in rows {
      let places = owners.indices.filter { owners[$0].role == role }
      let users = places.map { Array(owners[$0].user.utf8) }
      for (place, messages) in zip(places, try rows.messages(count, of: users, role, from: connections)) {
        found[place] = messages
      }
    }
    return found
  }
}
