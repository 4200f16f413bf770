/// Where a Redis server is and who we are to it.
///
///     redis://[user:password@]host[:port][/db]
///     rediss://[user:password@]host[:port][/db]        the same over TLS
///     unix:/path[?db=N], unix://user:password@/path[?db=N]
///
/// The user may be empty (`redis://:password@host`). User and password are percent-decoded; an IPv6 address stands in
/// brackets. The description and every fault keep the password to themselves.
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
  /// Nil: the user `default`.
  package let user: String?
  /// Nil: no authentication.
  package let password: String?
  /// The number of the database, at least 0. How many there are is a setting of the server (16 unless changed).
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

/// What is wrong with the text of an address. Parts that may hold the password are not shown.
package enum RedisAddressFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// No known scheme in front; nil when the text has none at all.
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
