internal import CMariaDB
internal import Reactor

extension MySQLConnection {
  /// Connects and logs in, over TLS where the address says so. The addresses of a name are tried in turn.
  ///
  /// - Parameter seconds: how long connecting, and later every wait for the server, may take.
  package static func open(
    _ address: MySQLAddress, seconds: Int = defaultTimeout
  ) throws(MySQLError) -> MySQLConnection {
    // Once for the process: the library may not begin on two threads at a time.
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
    // The library goes on in the clear when the server offers no TLS, unless it is to verify.
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

  /// What has to be known before connecting.
  private borrowing func prepare(_ address: MySQLAddress) {
    var wait = UInt32(clamping: seconds)
    for option in [MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT] {
      unsafe mysql_options(handle, option, &wait)
    }
    // `localhost` would otherwise mean a unix socket whose path is the library's guess.
    var transport = MYSQL_PROTOCOL_TCP.rawValue
    if case .unix = address.endpoint { transport = MYSQL_PROTOCOL_SOCKET.rawValue }
    unsafe mysql_options(handle, MYSQL_OPT_PROTOCOL, &transport)
    unsafe mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    unsafe mysql_options(handle, MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'")
    // A server may neither ask for our files nor for the password as it is.
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
