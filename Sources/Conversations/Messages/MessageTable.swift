package import MySQL
import Reactor
import Synchronization

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

  /// Empty: an invalid row is an error of the query and ends the command.
  package var invalidLines: InvalidLines { InvalidLines() }

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

  /// Users per round trip: with 300 the server's time far exceeds the network's, and the statements stay far below
  /// max_allowed_packet (16 MiB).
  private static let batch = 300

  private func read(
    _ count: Int, of owners: [ContextOwner], at places: [Int], _ role: ContextRole, into found: inout [MessageRows]
  ) throws(MessageSourceError) {
    let users = places.map { owners[$0].user }
    if query.isForMany {
      let statement = query.statement(for: users, role: role, count: count)
      // Compared by bytes, as keys are.
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
          // For MySQL "42abc" equals 42 in a numeric column, and "Anna" equals "anna" in many collations; here they differ.
          if row.first.flatMap(\.self).map({ $0.elementsEqual(users[index].utf8) }) != false {
            found[places[index]].add(row)
          }
        }
      }
    }
  }
}

/// Collects the rows of one user, newest first.
private struct MessageRows {
  private let count: Int
  private var rows: [[[UInt8]?]] = []

  init(_ count: Int) { self.count = count }

  mutating func add(_ row: [[UInt8]?]) { if rows.count < count { rows.append(row) } }

  /// Oldest first.
  func messages() throws(MessageSourceError) -> [Message] {
    var messages: [Message] = []
    for row in rows.reversed() { messages.append(try message(row)) }
    return messages
  }

  private func message(_ row: [[UInt8]?]) throws(MessageSourceError) -> Message {
    guard row.count == 4 else { throw .rows("\(row.count) columns, expected four: user, role, text, time") }
    let words = row.map { $0.map { String(decoding: $0, as: UTF8.self) } }
    guard let role = words[1] else { throw .rows("NULL for the role of a message") }
    var object = JSONObject()
    object.set("role", role)
    object.set("content", words[2] ?? "")
    if let time = words[3] {
      // The fraction of a decimal, as in UNIX_TIMESTAMP(...) * 1000, is less than a millisecond.
      guard let at = Int(time.prefix { $0 != "." }), at > 99_999_999_999 || at == 0 else {
        throw .rows(
          "the time \"\(time.prefix(40))\", expected milliseconds since 1970; write UNIX_TIMESTAMP(column) * 1000")
      }
      object.set("at", at)
    }
    return Message(json: object.bytes)
  }
}

/// A connection to a table, opened on first use and kept between calls, which are serialised.
final class TableSession: Sendable {
  private let address: MySQLAddress
  private let idle = Mutex(Idle())

  private struct Idle: ~Copyable {
    var connection: MySQLConnection?
    /// When it was last used, in nanoseconds of the monotonic clock.
    var usedAt: UInt64 = 0

    mutating func store(_ connection: consuming MySQLConnection) {
      self.connection = consume connection
      usedAt = MonotonicClock.now()
    }
  }

  /// A connection idle for longer is tested before use; far below any wait_timeout.
  private static let idleLimit = Duration.seconds(2)

  init(_ address: MySQLAddress) { self.address = address }

  func with<Result>(
    _ body: (inout MySQLConnection) throws(MySQLError) -> Result
  ) throws(MessageSourceError) -> Result {
    do throws(MySQLError) {
      return try idle.withLock { idle throws(MySQLError) in
        var connection = try Self.connection(of: &idle, address)
        let result: Result
        do throws(MySQLError) { result = try body(&connection) } catch {
          if connection.isOpen { idle.store(connection) }
          throw error
        }
        idle.store(connection)
        return result
      }
    } catch { throw .database(error.description) }
  }

  private static func connection(
    of idle: inout Idle, _ address: MySQLAddress
  ) throws(MySQLError) -> MySQLConnection {
    if var connection = idle.connection.take() {
      if MonotonicClock.now() &- idle.usedAt < idleLimit.nanoseconds || connection.isStanding() { return connection }
    }
    return try MySQLConnection.open(address)
  }
}
