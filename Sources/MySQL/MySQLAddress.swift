/// Where a MySQL or MariaDB server is, who we are to it and which database is meant.
///
///     mysql://user[:password]@host[:port][/database]      mariadb:// is the same
///         ?socket=/run/mysqld/mysqld.sock                 instead of the port; the host is then only a name
///         &tls=on|off|unverified                          off unless told
///         &tls-ca=/etc/ssl/shop-ca.pem                    whom to trust; without it the system's authorities
///
/// User, password, database and values are percent-decoded; an IPv6 address stands in brackets. The description and every
/// fault keep the password to themselves.
package struct MySQLAddress: Sendable, Equatable, CustomStringConvertible {
  package enum Endpoint: Sendable, Equatable {
    /// A name or a literal address, without brackets. `localhost` is spoken to over TCP as well.
    case tcp(host: String, port: UInt16)
    /// 1 to 107 bytes.
    case unix(path: String)
  }

  package enum Encryption: Sendable, Equatable {
    case off
    /// The server proves who it is; nil: to the system's authorities.
    case verified(authorities: String?)
    /// Nobody can listen, but anybody can answer.
    case unverified
  }

  /// The port that MySQL is assigned by IANA.
  package static let defaultPort: UInt16 = 3306

  package let endpoint: Endpoint
  package let user: String
  /// Nil: none.
  package let password: String?
  /// Nil: none is chosen.
  package let database: String?
  package let encryption: Encryption

  package var description: String {
    let who = user + (password == nil ? "" : ":***") + "@"
    let name = database.map { "/" + $0 } ?? ""
    switch endpoint {
    case .tcp(let host, let port):
      return "mysql://\(who)\(host.contains(":") ? "[\(host)]" : host):\(port)\(name)"
    case .unix(let path): return "mysql://\(who)localhost\(name)?socket=\(path)"
    }
  }
}

/// What is wrong with the text of an address. Parts that may hold the password are not shown.
package enum MySQLAddressFault: Error, Equatable, Sendable, CustomStringConvertible {
  case scheme
  case noUser
  case host(String)
  case port(String)
  case database
  case socket(String)
  case tls(String)
  /// tls-ca without tls=on.
  case unusedAuthorities
  /// A `/`, `?` or `#` in user or password, or a percent sign that is not followed by two hexadecimal digits.
  case unencoded
  case query(String)

  package var description: String {
    switch self {
    case .scheme: "expected mysql://user:password@host:3306/database. Begin the address with mysql:// or mariadb://"
    case .noUser: "there is no user in it. Write mysql://user:password@host:3306/database"
    case .host(let found):
      "the host \"\(found)\": expected a name, an IPv4 address or an IPv6 address in brackets"
    case .port(let found): "the port \"\(found)\": expected 1 to 65535. Leave it out for 3306"
    case .database: "the database: expected one name of at most 64 characters after the host, with %2F for /"
    case .socket(let found): "socket=\(found): expected an absolute path of at most 107 bytes"
    case .tls(let found): "tls=\(found): expected on, off or unverified"
    case .unusedAuthorities: "tls-ca says whom to trust, but the connection is not to be verified. Add tls=on"
    case .unencoded:
      "expected special characters in user and password percent-encoded. Write %2F for /, %3F for ?, %23 for #, %25 for %, "
        + "%40 for @, %3A for :"
    case .query(let found): "\"\(found)\": known after \"?\" are socket=, tls= and tls-ca=. Leave it out"
    }
  }
}
