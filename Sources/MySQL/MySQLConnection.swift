internal import CMariaDB
internal import Reactor

/// One connection to a MySQL or MariaDB server, for one thread at a time, over libmariadb. Text is UTF-8 (utf8mb4). The time
/// zone of the session is UTC, so that `UNIX_TIMESTAMP(column)` reads a DATETIME as UTC.
///
/// No call waits longer than `seconds` for the server's next bytes. After an error with `endsConnection` all later calls
/// throw `.gone`.
@safe package struct MySQLConnection: ~Copyable, Sendable {
  /// Seconds.
  package static let defaultTimeout = 10
  /// Bytes of one row or one statement.
  package static let rowLimit = 64 << 20

  /// The address without the password.
  package let place: String
  let seconds: Int
  package internal(set) var isOpen = true
  /// The server accepts several statements at once.
  var takesSeveral = false
  /// Only the owner reaches it, and every call is mutating.
  nonisolated(unsafe) let handle: UnsafeMutablePointer<MYSQL>

  init(_ place: String, _ handle: UnsafeMutablePointer<MYSQL>, seconds: Int) {
    self.place = place
    self.seconds = seconds
    unsafe self.handle = unsafe handle
  }

  deinit { unsafe mysql_close(handle) }

  /// Runs a statement without rows and returns how many rows it changed.
  @discardableResult
  package mutating func execute(_ query: MySQLQuery) throws(MySQLError) -> Int {
    try send(text(of: query))
    try readRows { _ in }
    return unsafe Int(clamping: mysql_affected_rows(handle))
  }

  /// All rows of a statement, for small results.
  package mutating func rows(_ query: MySQLQuery) throws(MySQLError) -> [[[UInt8]?]] {
    var rows: [[[UInt8]?]] = []
    try forEachRow(of: query) { rows.append($0) }
    return rows
  }

  /// Passes the rows on one by one as they arrive, so that only one is in memory. A value is the text, or nil for NULL.
  package mutating func forEachRow(of query: MySQLQuery, _ body: ([[UInt8]?]) -> Void) throws(MySQLError) {
    try send(text(of: query))
    try readRows(body)
  }

  /// Runs several statements in one round trip; `body` gets the index of the statement with each row. After an error of
  /// the server no further statement runs.
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

  /// Whether the connection still works: the server closes connections that were idle for long (wait_timeout).
  package mutating func isStanding() -> Bool {
    do throws(MySQLError) {
      try unsafe call { unsafe mysql_ping($0) == 0 }
      return true
    } catch { return false }
  }

  // MARK: The parts of a call

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
      // No rows: the statement has none, or it failed.
      return try unsafe call { unsafe mysql_field_count($0) == 0 }
    }
    // Reads the remaining rows, so that the next statement starts with its own.
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

  /// One call of the library that may wait. `body` returns false when it failed; the library has the reason.
  private mutating func call(_ body: (UnsafeMutablePointer<MYSQL>) -> Bool) throws(MySQLError) {
    guard isOpen else { throw .gone(place: place) }
    let start = MonotonicClock.now()
    if unsafe body(handle) { return }
    let error = unsafe MySQLError(handle, place, isOpen: true, since: start, seconds: seconds)
    if error.endsConnection { isOpen = false }
    throw error
  }
}

extension MySQLConnection {
  /// Connects and logs in, over TLS if the address says so. The addresses of a name are tried in turn.
  ///
  /// - Parameter seconds: how long connecting, and later every wait for the server, may take.
  package static func open(
    _ address: MySQLAddress, seconds: Int = defaultTimeout
  ) throws(MySQLError) -> MySQLConnection {
    // Once for the process: the library must not be initialized on two threads at the same time.
    guard isReady, let handle = unsafe mysql_init(nil) else {
      fatalError("out of memory for a connection to MySQL")
    }
    let seconds = max(seconds, 1)
    let connection = unsafe MySQLConnection(address.description, handle, seconds: seconds)
    connection.prepare(address)
    let start = MonotonicClock.now()
    guard unsafe connect(handle, address) else {
      throw unsafe MySQLError(handle, address.description, isOpen: false, since: start, seconds: seconds)
    }
    // Without verification the library continues unencrypted when the server offers no TLS.
    if address.encryption != .off, unsafe mysql_get_ssl_cipher(handle) == nil {
      throw .insecure(place: address.description, reason: "the server offers no TLS")
    }
    return connection
  }

  private static let isReady: Bool = mysql_server_init(0, nil, nil) == 0

  private static func connect(_ handle: UnsafeMutablePointer<MYSQL>, _ address: MySQLAddress) -> Bool {
    switch address.endpoint {
    case .tcp(let host, let port):
      unsafe mysql_real_connect(
        handle, host, address.user, address.password, address.database, UInt32(port), nil, 0) != nil
    case .unix(let path):
      unsafe mysql_real_connect(handle, nil, address.user, address.password, address.database, 0, path, 0) != nil
    }
  }

  /// Sets the options that apply before connecting.
  private borrowing func prepare(_ address: MySQLAddress) {
    var wait = UInt32(clamping: seconds)
    for option in [MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT] {
      unsafe mysql_options(handle, option, &wait)
    }
    // Without this the library takes `localhost` for a unix socket and guesses its path.
    var transport = MYSQL_PROTOCOL_TCP.rawValue
    if case .unix = address.endpoint { transport = MYSQL_PROTOCOL_SOCKET.rawValue }
    unsafe mysql_options(handle, MYSQL_OPT_PROTOCOL, &transport)
    unsafe mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    unsafe mysql_options(handle, MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'")
    // The server may request neither local files nor the password in clear text.
    var none: UInt32 = 0
    unsafe mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &none)
    unsafe mysql_options(
      handle, MARIADB_OPT_RESTRICTED_AUTH, "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password")
    var limit = Self.rowLimit
    unsafe mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &limit)
    encrypt(address.encryption)
  }

  private borrowing func encrypt(_ encryption: MySQLAddress.Encryption) {
    var yes: my_bool = 1
    switch encryption {
    case .off: return
    case .unverified: break
    case .verified(let authorities):
      unsafe mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes)
      if let authorities { unsafe mysql_options(handle, MYSQL_OPT_SSL_CA, authorities) }
    }
    unsafe mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes)
  }
}
