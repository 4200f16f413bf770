package import MySQL

/// Messages in a table of MySQL or MariaDB, read with a query that the operator may replace.
package final class MessageTable: MessageSource {
  package let place: String
  private let session: TableSession
  private let query: MessageQuery

  package init(_ address: MySQLAddress, query: MessageQuery = .standard) {
    session = TableSession(address)
    self.query = query
    place = address.description
  }

  /// Bad rows end the command: they are the query's fault.
  package var broken: BrokenLines { BrokenLines() }

  package func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]] {
    var found = [MessageRows](repeating: MessageRows(count), count: owners.count)
    for role in ContextRole.allCases {
      let places = owners.indices.filter { owners[$0].role == role }
      for start in stride(from: 0, to: places.count, by: Self.batch) {
        let batch = places[start..<min(start + Self.batch, places.count)]
        try read(count, of: owners, at: Array(batch), role, into: &found)
      }
    }
    var messages: [[Message]] = []
    for rows in found { messages.append(try rows.messages()) }
    return messages
  }

  /// Users of one round trip: with 300 the time of the server outweighs that of the network many times over, and the
  /// statements stay far below max_allowed_packet (16 MiB).
  private static let batch = 300

  private func read(
    _ count: Int, of owners: [ContextOwner], at places: [Int], _ role: ContextRole, into found: inout [MessageRows]
  ) throws(MessageSourceError) {
    let users = places.map { owners[$0].user }
    if query.isForMany {
      let statement = query.statement(for: users, role: role, count: count)
      // By their bytes, as keys are.
      let placeOfUser = Dictionary(zip(users.map { Array($0.utf8) }, places), uniquingKeysWith: { first, _ in first })
      try session.with { connection throws(MySQLError) in
        try connection.forEachRow(of: statement) { row in
          if let place = row.first?.flatMap({ placeOfUser[$0] }) {
            found[place].add(row)
          }
        }
      }
    } else {
      let statements = users.map { query.statement(for: [$0], role: role, count: count) }
      try session.with { connection throws(MySQLError) in
        try connection.forEachRow(ofEach: statements) { index, row in
          // "42abc" equals 42 for a column of numbers, and "Anna" is "anna" in many collations: not for us.
          if row.first.flatMap(\.self).map({ $0.elementsEqual(users[index].utf8) }) != false {
            found[places[index]].add(row)
          }
        }
      }
    }
  }
}

/// The rows of one user, the newest first, until they are messages.
private struct MessageRows {
  private let count: Int
  private var rows: [[[UInt8]?]] = []

  init(_ count: Int) { self.count = count }

  mutating func add(_ row: [[UInt8]?]) { if rows.count < count { rows.append(row) } }

  /// The oldest first.
  func messages() throws(MessageSourceError) -> [Message] {
    var messages: [Message] = []
    for row in rows.reversed() { messages.append(try message(row)) }
    return messages
  }

  private func message(_ row: [[UInt8]?]) throws(MessageSourceError) -> Message {
    guard row.count == 4 else { throw .rows("\(row.count) columns; it has to give four: user, role, text, time") }
    let words = row.map { $0.map { String(decoding: $0, as: UTF8.self) } }
    guard let role = words[1] else { throw .rows("NULL for the role of a message") }
    var object = JSONObject()
    object.set("role", role)
    object.set("content", words[2] ?? "")
    if let time = words[3] {
      // A decimal's fraction, as of UNIX_TIMESTAMP(...) * 1000, is below the millisecond.
      guard let at = Int(time.prefix { $0 != "." }), at > 99_999_999_999 || at == 0 else {
        throw .rows("the time \"\(time.prefix(40))\", no milliseconds since 1970; write UNIX_TIMESTAMP(column) * 1000")
      }
      object.set("at", at)
    }
    return Message(json: object.bytes)
  }
}
