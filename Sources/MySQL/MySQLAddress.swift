internal import Bytes
internal import Reactor

/// The address of a MySQL or MariaDB server, with user and database.
///
///     mysql://user[:password]@host[:port][/database]      mariadb:// is the same
///         ?socket=/run/mysqld/mysqld.sock                 instead of the port; the host is then only a name
///         &tls=on|off|unverified                          default: off
///         &tls-ca=/etc/ssl/shop-ca.pem                    trusted authorities; default: the system's
///
/// User, password, database and values are percent-decoded; an IPv6 address stands in brackets. Neither the description
/// nor an error shows the password.
package struct MySQLAddress: Sendable, Equatable, CustomStringConvertible {
  package enum Endpoint: Sendable, Equatable {
    /// A name or a literal address, without brackets. `localhost` is spoken to over TCP as well.
    case tcp(host: String, port: UInt16)
    /// 1 to 107 bytes.
    case unix(path: String)
  }

  package enum Encryption: Sendable, Equatable {
    case off
    /// The server's certificate is verified; nil: by the system's authorities.
    case verified(authorities: String?)
    /// Encrypted, but the server is not verified: nobody can listen, but anybody can pose as the server.
    case unverified
  }

  /// The port that MySQL is assigned by IANA.
  package static let defaultPort: UInt16 = 3306

  package let endpoint: Endpoint
  package let user: String
  /// `nil` means none.
  package let password: String?
  /// `nil` means none is chosen.
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

/// Why a text is not an address. Parts that may contain the password are not shown.
package enum MySQLAddressError: Error, Equatable, Sendable, CustomStringConvertible {
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
    case .noUser: "it has no user. Write mysql://user:password@host:3306/database"
    case .host(let found):
      "the host \"\(found)\": expected a name, an IPv4 address or an IPv6 address in brackets"
    case .port(let found): "the port \"\(found)\": expected 1 to 65535. Leave it out for 3306"
    case .database: "the database: expected one name of at most 64 characters after the host, with %2F for /"
    case .socket(let found): "socket=\(found): expected an absolute path of at most 107 bytes"
    case .tls(let found): "tls=\(found): expected on, off or unverified"
    case .unusedAuthorities:
      "tls-ca names trusted authorities, but without tls=on the server is not verified. Add tls=on"
    case .unencoded:
      "expected special characters in user and password percent-encoded. Write %2F for /, %3F for ?, %23 for #, %25 for %, "
        + "%40 for @, %3A for :"
    case .query(let found): "\"\(found)\": known after \"?\" are socket=, tls= and tls-ca=. Leave it out"
    }
  }
}

extension MySQLAddress {
  package init(parsing text: String) throws(MySQLAddressError) {
    guard let scheme = ["mysql://", "mariadb://"].first(where: { text.hasPrefix($0) }) else { throw .scheme }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    // An @ after the end of the authority means that a password was split.
    if rest[end...].contains("@") { throw .unencoded }
    guard let at = rest[..<end].lastIndex(of: "@") else { throw .noUser }
    (user, password) = try Self.credentials(rest[..<at])
    let tail = rest[end...]
    let mark = tail.firstIndex { $0 == "?" || $0 == "#" } ?? tail.endIndex
    database = try Self.database(tail[..<mark])
    let options = try Options(tail[mark...])
    let place = try Self.hostAndPort(rest[rest.index(after: at)..<end])
    endpoint = options.socket.map { .unix(path: $0) } ?? place
    encryption = try options.encryption()
  }

  private static func credentials(
    _ text: Substring
  ) throws(MySQLAddressError) -> (user: String, password: String?) {
    let colon = text.firstIndex(of: ":") ?? text.endIndex
    let secret = text[colon...].dropFirst()
    guard let user = PercentEncoding.decode(text[..<colon]), let password = PercentEncoding.decode(secret) else {
      throw .unencoded
    }
    guard !user.isEmpty else { throw .noUser }
    guard !user.utf8.contains(0), !password.utf8.contains(0) else { throw .unencoded }
    return (user, password.isEmpty ? nil : password)
  }

  private static func database(_ path: Substring) throws(MySQLAddressError) -> String? {
    let text = path.dropFirst()
    if text.isEmpty { return nil }
    guard !text.contains("/"), let name = PercentEncoding.decode(text), name.count <= 64, !name.utf8.contains(0) else {
      throw .database
    }
    return name
  }

  private static func hostAndPort(_ place: Substring) throws(MySQLAddressError) -> Endpoint {
    do throws(HostPortError) {
      let found = try HostPort(parsing: place)
      return .tcp(host: found.host, port: found.port ?? defaultPort)
    } catch {
      switch error {
      case .host(let text): throw .host(text)
      case .port(let text): throw .port(text)
      }
    }
  }

  /// The options after the question mark.
  private struct Options {
    var socket: String?
    var tls = "off"
    var authorities: String?

    init(_ text: Substring) throws(MySQLAddressError) {
      guard !text.hasPrefix("#") else { throw .query(String(text)) }
      for option in text.dropFirst().split(separator: "&") {
        let equals = option.firstIndex(of: "=") ?? option.endIndex
        guard let value = PercentEncoding.decode(option[equals...].dropFirst()) else { throw .query(String(option)) }
        switch option[..<equals] {
        case "socket":
          guard value.hasPrefix("/"), SocketAddress.unix(path: value) != nil else { throw .socket(value) }
          socket = value
        case "tls":
          guard ["on", "off", "unverified"].contains(value) else { throw .tls(value) }
          tls = value
        case "tls-ca":
          guard !value.isEmpty, !value.utf8.contains(0) else { throw .query(String(option)) }
          authorities = value
        // Frameworks add these. They have no effect: the server reports its version, and text is UTF-8.
        case "serverVersion", "charset": break
        default: throw .query(String(option))
        }
      }
    }

    func encryption() throws(MySQLAddressError) -> Encryption {
      if authorities != nil && tls != "on" { throw .unusedAuthorities }
      switch tls {
      case "on": return .verified(authorities: authorities)
      case "unverified": return .unverified
      default: return .off
      }
    }
  }
}
