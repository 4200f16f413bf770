internal import CMariaDB
internal import Reactor

/// Why a statement failed. `refused` and the two about names leave the connection open. Any other error closes it, and it is
/// unknown whether the server has carried out the statement.
package enum MySQLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No connection: unknown host, nothing listens, no such socket, or not a MySQL server.
  case unreachable(place: String, reason: String)
  /// No encrypted connection.
  case insecure(place: String, reason: String)
  case accessDenied(place: String, reason: String)
  /// The account logs in by a plugin that the library cannot load or that Turnout does not allow.
  case plugin(place: String, reason: String)
  case unknownDatabase(place: String, reason: String)
  case unknownTable(String)
  case unknownColumn(String)
  /// The server sent nothing for `seconds`.
  case timedOut(place: String, seconds: Int)
  /// The connection ended midway; every call after another error throws it, too.
  case gone(place: String)
  /// A statement is larger than the server takes, or a row is larger than `MySQLConnection.rowLimit`.
  case tooLarge(String)
  /// Any other error of the server: its number, and its words.
  case refused(code: UInt32, text: String)

  package var description: String {
    switch self {
    case .unreachable(let place, let reason):
      "cannot connect to \(place): \(reason). Check the address, and that MySQL runs there and listens on TCP; for its unix "
        + "socket add ?socket=/path to the address"
    case .insecure(let place, let reason):
      "cannot connect to \(place) over TLS: \(reason). Check that the server has a certificate for this name, and that "
        + "tls-ca is the authority that signed it"
    case .accessDenied(let place, let reason):
      "\(place) denies access: \(reason). Check user and password; GRANT SELECT, INSERT on the table if they are right"
    case .plugin(let place, let reason):
      "cannot log in to \(place): \(reason). Known are accounts with caching_sha2_password, sha256_password, "
        + "mysql_native_password and ed25519. Their plugins are in Debian's package libmariadb3, in the folder "
        + "/usr/lib/*/libmariadb3/plugin: run apt-get install --reinstall libmariadb3, and unset MARIADB_PLUGIN_DIR if it names "
        + "another folder"
    case .unknownDatabase(let place, let reason):
      "\(place): \(reason). Name the database at the end of the address: mysql://user:password@host:3306/database"
    case .unknownTable(let text):
      "\(text). Create the table with deploy/mysql/messages.sql, or name yours in the query"
    case .unknownColumn(let text): "\(text). Name the columns of your table in the query"
    case .timedOut(let place, let seconds):
      "\(place) sent nothing for \(seconds) s. Check that MySQL is not overloaded or suspended, and that the query has an "
        + "index to go by (EXPLAIN)"
    case .gone(let place): "\(place) has closed the connection, or something between has. Run the command again"
    case .tooLarge(let text): "\(text). Raise max_allowed_packet, or find the row that is so large"
    case .refused(let code, let text): "MySQL refused: \(text) (error \(code))"
    }
  }

  /// Whether the connection ended or never was.
  package var endsConnection: Bool {
    switch self {
    case .unknownTable, .unknownColumn, .refused: false
    case .unreachable, .insecure, .accessDenied, .plugin, .unknownDatabase, .timedOut, .gone, .tooLarge: true
    }
  }
}

extension MySQLError {
  /// The library's error of a failed call. Numbers below 2000 and from 3000 to 4999 are the server's, the others
  /// the library's (https://mariadb.com/kb/en/mariadb-error-codes/).
  ///
  /// - Parameter start: when the call began. The library reports a timeout only as a lost connection.
  init(
    _ handle: UnsafeMutablePointer<MYSQL>, _ place: String, isOpen: Bool, since start: UInt64, seconds: Int
  ) {
    let code = unsafe mysql_errno(handle)
    let text = unsafe mysql_error(handle).map { unsafe String(cString: $0) } ?? ""
    let isOurs = code >= 5_000 || (2_000..<3_000).contains(code)
    let hasWaited = MonotonicClock.now() &- start >= UInt64(seconds) &* 1_000_000_000
    switch Int32(bitPattern: code) {
    // After a plugin could not be loaded the library reports the server's refusal with its own text.
    case _ where text.hasPrefix("Plugin ") && text.contains("could not be loaded"):
      self = .plugin(place: place, reason: text)
    case ER_ACCESS_DENIED_ERROR, ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,
      ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_ACCOUNT_HAS_BEEN_LOCKED, ER_HOST_NOT_PRIVILEGED,
      CR_AUTH_PLUGIN_ERR:
      self = .accessDenied(place: place, reason: text)
    case CR_AUTH_PLUGIN_CANNOT_LOAD, CR_PLUGIN_NOT_ALLOWED: self = .plugin(place: place, reason: text)
    case ER_BAD_DB_ERROR, ER_NO_DB_ERROR: self = .unknownDatabase(place: place, reason: text)
    case ER_NO_SUCH_TABLE: self = .unknownTable(text)
    case ER_BAD_FIELD_ERROR: self = .unknownColumn(text)
    case ER_NET_PACKET_TOO_LARGE, CR_NET_PACKET_TOO_LARGE: self = .tooLarge(text)
    case CR_SSL_CONNECTION_ERROR: self = .insecure(place: place, reason: text)
    case ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED: self = .gone(place: place)
    case _ where isOurs && hasWaited: self = .timedOut(place: place, seconds: seconds)
    case _ where isOurs && !isOpen: self = .unreachable(place: place, reason: text)
    case _ where isOurs: self = .gone(place: place)
    default: self = .refused(code: code, text: text)
    }
  }
}
