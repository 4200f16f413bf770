internal import Bytes
internal import Reactor

/// Where a Redis server is and who we are to it.
///
///     redis://[user:password@]host[:port][/db]
///     rediss://[user:password@]host[:port][/db]        the same over TLS
///     unix:/path[?db=N], unix://user:password@/path[?db=N]
///
/// The user may be empty (`redis://:password@host`). User and password are percent-decoded; an IPv6 address stands in
/// brackets. Neither the description nor an error shows the password.
package struct RedisAddress: Sendable, Equatable, CustomStringConvertible {
  package enum Endpoint: Sendable, Equatable {
    /// A name or a literal address, without brackets.
    case tcp(host: String, port: UInt16)
    /// 1 to 107 bytes.
    case unix(path: String)
  }

  /// The port that Redis is assigned by IANA.
  package static let defaultPort: UInt16 = 6379

  package let endpoint: Endpoint
  package let usesTLS: Bool
  /// `nil` means the user `default`.
  package let user: String?
  /// `nil` means no authentication.
  package let password: String?
  /// From 0; the server has 16 databases unless configured otherwise.
  package let database: Int

  package var description: String {
    let secret = password == nil ? "" : "\(user ?? ""):***@"
    switch endpoint {
    case .tcp(let host, let port):
      let shown = host.contains(":") ? "[\(host)]" : host
      return "\(usesTLS ? "rediss" : "redis")://\(secret)\(shown):\(port)/\(database)"
    case .unix(let path):
      return (secret.isEmpty ? "unix:" : "unix://" + secret) + path + "?db=\(database)"
    }
  }
}

/// Why a text is not an address. Parts that may contain the password are not shown.
package enum RedisAddressError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An unknown scheme; nil when the text has none.
  case scheme(String?)
  case host(String)
  case port(String)
  case database(String)
  case path(String)
  /// A user without a password, or an empty password without a user.
  case incompleteCredentials
  /// A `/`, `?` or `#` in user or password, or a percent sign that is not followed by two hexadecimal digits.
  case unencodedCredentials
  case query(String)

  package var description: String {
    switch self {
    case .scheme(let found):
      (found.map { "the scheme \"\($0)\"" } ?? "no scheme")
        + ": expected redis://, rediss:// (TLS) or unix:/path. Begin the address with one of them"
    case .host(let found):
      "the host \"\(found)\": expected a name, an IPv4 address or an IPv6 address in brackets. "
        + "Write redis://host:6379/0"
    case .port(let found): "the port \"\(found)\": expected 1 to 65535. Leave it out for 6379"
    case .database(let found): "the database \"\(found)\": expected a number from 0. Leave it out for 0"
    case .path(let found):
      "the path \"\(found)\": expected an absolute one of at most 107 bytes. Write unix:/run/redis/redis.sock"
    case .incompleteCredentials:
      "the credentials before \"@\": expected user:password or :password. Check that the password is not empty"
    case .unencodedCredentials:
      "the credentials before \"@\": expected special characters percent-encoded. Write %2F for /, %3F for ?, %23 for #, "
        + "%25 for %, %40 for @"
    case .query(let found): "\"?\(found)\": expected nothing after \"?\" but db=N for a unix socket. Leave it out"
    }
  }
}

extension RedisAddress {
  package init(parsing text: String) throws(RedisAddressError) {
    guard let colon = text.firstIndex(of: ":") else { throw .scheme(nil) }
    let rest = text[text.index(after: colon)...]
    switch text[..<colon] {
    case "redis" where rest.hasPrefix("//"): try self.init(network: rest.dropFirst(2), usesTLS: false)
    case "rediss" where rest.hasPrefix("//"): try self.init(network: rest.dropFirst(2), usesTLS: true)
    case "unix": try self.init(local: rest)
    case let scheme:
      // The part before the colon may be anything: `host:6379`, `redis:host`, `:password@host`.
      let isScheme = rest.hasPrefix("//") && !scheme.isEmpty && scheme.allSatisfy { $0.isLetter }
      throw .scheme(isScheme ? String(scheme) : nil)
    }
  }

  /// What follows `redis://`.
  private init(network text: Substring, usesTLS: Bool) throws(RedisAddressError) {
    let (authority, tail) = try Self.split(text)
    let (credentials, place) = Self.credentials(authority)
    (user, password) = try Self.decode(credentials)
    endpoint = try Self.hostAndPort(place)
    self.usesTLS = usesTLS
    if let mark = tail.firstIndex(where: { $0 == "?" || $0 == "#" }) { throw .query(String(tail[mark...].dropFirst())) }
    let number = tail.dropFirst()
    database = number.isEmpty ? 0 : try Self.databaseNumber(number)
  }

  /// What follows `unix:`.
  private init(local text: Substring) throws(RedisAddressError) {
    var tail = text
    var credentials: Substring?
    if text.hasPrefix("//") {
      let (authority, rest) = try Self.split(text.dropFirst(2))
      let (found, host) = Self.credentials(authority)
      guard host.isEmpty else { throw .path(String(host + rest)) }
      (credentials, tail) = (found, rest)
    }
    let mark = tail.firstIndex(of: "?") ?? tail.endIndex
    let path = String(tail[..<mark])
    guard path.hasPrefix("/"), SocketAddress.unix(path: path) != nil else { throw .path(path) }
    let query = tail[mark...].dropFirst()
    guard query.isEmpty || query.hasPrefix("db=") else { throw .query(String(query)) }
    (user, password) = try Self.decode(credentials)
    endpoint = .unix(path: path)
    usesTLS = false
    database = query.isEmpty ? 0 : try Self.databaseNumber(query.dropFirst(3))
  }

  /// The authority, and what begins with the first `/`, `?` or `#`.
  private static func split(_ text: Substring) throws(RedisAddressError) -> (authority: Substring, tail: Substring) {
    let end = text.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
    // An @ after the end of the authority means that a password was split.
    if text[end...].contains("@") { throw .unencodedCredentials }
    return (text[..<end], text[end...])
  }

  private static func credentials(_ authority: Substring) -> (credentials: Substring?, place: Substring) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
    return (authority[..<at], authority[authority.index(after: at)...])
  }

  private static func decode(
    _ credentials: Substring?
  ) throws(RedisAddressError) -> (user: String?, password: String?) {
    guard let credentials else { return (nil, nil) }
    guard let colon = credentials.firstIndex(of: ":") else { throw .incompleteCredentials }
    guard let user = PercentEncoding.decode(credentials[..<colon]),
      let password = PercentEncoding.decode(credentials[credentials.index(after: colon)...])
    else { throw .unencodedCredentials }
    guard !user.isEmpty || !password.isEmpty else { throw .incompleteCredentials }
    return (user.isEmpty ? nil : user, password)
  }

  private static func hostAndPort(_ place: Substring) throws(RedisAddressError) -> Endpoint {
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

  private static func databaseNumber(_ text: Substring) throws(RedisAddressError) -> Int {
    guard text.utf8.allSatisfy(isDigit), let number = Int32(text) else { throw .database(String(text)) }
    return Int(number)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
