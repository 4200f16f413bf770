internal import CMariaDB
internal import Reactor

/// One connection to a MySQL or MariaDB server, for one thread at a time, over libmariadb. Text is UTF-8 (utf8mb4), and times
/// are in UTC: `UNIX_TIMESTAMP(column)` takes a DATETIME for one in UTC.
///
/// No call waits longer than `seconds` for the server's next bytes. A call whose error says `endsConnection` has ended the
/// connection: all later calls throw `.gone`.
@safe package struct MySQLConnection: ~Copyable, Sendable {
  /// In seconds.
  package static let defaultTimeout = 10
  /// Of one row, or of one statement, in bytes.
  package static let rowLimit = 64 << 20

  /// The address without the password.
  package let place: String
  let seconds: Int
  package internal(set) var isOpen = true
  /// The server was told that several statements may come at once.
  var takesSeveral = false
  /// Only its one owner reaches it, and every call is mutating.
  nonisolated(unsafe) let handle: UnsafeMutablePointer<MYSQL>

  init(_ place: String, _ handle: UnsafeMutablePointer<MYSQL>, seconds: Int) {
    self.place = place
    self.seconds = seconds
    unsafe self.handle = unsafe handle
  }

  deinit { unsafe mysql_close(handle) }

  /// Carries out a statement that has no rows; how many rows it changed.
  @discardableResult
  package mutating func execute(_ query: MySQLQuery) throws(MySQLError) -> Int {
    try send(text(of: query))
    try readRows { _ in }
    return unsafe Int(clamping: mysql_affected_rows(handle))
  }

  /// All rows of a statement; for those that have few.
  package mutating func rows(_ query: MySQLQuery) throws(MySQLError) -> [[[UInt8]?]] {
    var rows: [[[UInt8]?]] = []
    try forEachRow(of: query) { rows.append($0) }
    return rows
  }

  /// Hands over the rows one by one as they come, so that no more than one is held. A value is nil where the table has
  /// NULL, else its text.
  package mutating func forEachRow(of query: MySQLQuery, _ body: ([[UInt8]?]) -> Void) throws(MySQLError) {
    try send(text(of: query))
    try readRows(body)
  }

  /// Several statements in one round trip; `body` is told which one a row belongs to. After an error of the server no
  /// further statement is carried out.
  package mutating func forEachRow(
    ofEach queries: [MySQLQuery], _ body: (_ query: Int, _ row: [[UInt8]?]) -> Void
  ) throws(MySQLError) {
    if queries.isEmpty { return }
    if !takesSeveral {
      try unsafe call { unsafe mysql_set_server_option($0, MYSQL_OPTION_MULTI_STATEMENTS_ON) == 0 }
      takesSeveral = true
    }
    var statement: [UInt8] = []
    for query in queries {
      if !statement.isEmpty { statement.append(UInt8(ascii: ";")) }
      statement += text(of: query)
    }
    try send(statement)
    for index in queries.indices {
      if index > 0 { try unsafe call { unsafe mysql_next_result($0) <= 0 } }
      try readRows { body(index, $0) }
    }
  }

  /// Whether the server still answers: it ends connections that were idle for long (wait_timeout).
  package mutating func isStanding() -> Bool {
    do throws(MySQLError) {
      try unsafe call { unsafe mysql_ping($0) == 0 }
      return true
    } catch { return false }
  }

  // MARK: What a call is made of

  private mutating func send(_ statement: [UInt8]) throws(MySQLError) {
    guard statement.count <= Self.rowLimit else {
      throw .tooLarge("a statement of \(statement.count) bytes for \(place)")
    }
    try unsafe call { handle in
      unsafe statement.withUnsafeBytes { bytes in
        unsafe mysql_real_query(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(bytes.count)) == 0
      }
    }
  }

  /// The rows of the current result.
  private mutating func readRows(_ body: ([[UInt8]?]) -> Void) throws(MySQLError) {
    guard let result = unsafe mysql_use_result(handle) else {
      // No rows: either none were to come, or something is wrong.
      return try unsafe call { unsafe mysql_field_count($0) == 0 }
    }
    // Reads what is left of the rows, so that the next statement finds its own.
    defer { unsafe mysql_free_result(result) }
    let count = unsafe Int(mysql_num_fields(result))
    while true {
      var row: MYSQL_ROW?
      try unsafe call { handle in
        unsafe row = mysql_fetch_row(result)
        return unsafe row != nil || mysql_errno(handle) == 0
      }
      guard let row = unsafe row, let lengths = unsafe mysql_fetch_lengths(result) else { return }
      body(
        (0..<count).map { column in
          unsafe row[column].map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: Int(lengths[column]))) }
        })
    }
  }

  /// One call of the library that may wait; false says that it failed, and the library knows why.
  private mutating func call(_ body: (UnsafeMutablePointer<MYSQL>) -> Bool) throws(MySQLError) {
    guard isOpen else { throw .gone(place: place) }
    let start = MonotonicClock.now()
    if unsafe body(handle) { return }
    let error = unsafe MySQLError(handle, place, isOpen: true, since: start, seconds: seconds)
    if error.endsConnection { isOpen = false }
    throw error
  }
}
