internal import Bytes
internal import Reactor

extension RedisAddress {
  package init(parsing text: String) throws(RedisAddressFault) {
    guard let colon = text.firstIndex(of: ":") else { throw .scheme(nil) }
    let rest = text[text.index(after: colon)...]
    switch text[..<colon] {
    case "redis" where rest.hasPrefix("//"): try self.init(network: rest.dropFirst(2), usesTLS: false)
    case "rediss" where rest.hasPrefix("//"): try self.init(network: rest.dropFirst(2), usesTLS: true)
    case "unix": try self.init(local: rest)
    case let scheme:
      // `host:6379`, `redis:host` and `:password@host`: what stands in front of the colon may be anything.
      let isScheme = rest.hasPrefix("//") && !scheme.isEmpty && scheme.allSatisfy { $0.isLetter }
      throw .scheme(isScheme ? String(scheme) : nil)
    }
  }

  /// What follows `redis://`.
  private init(network text: Substring, usesTLS: Bool) throws(RedisAddressFault) {
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
  private init(local text: Substring) throws(RedisAddressFault) {
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
  private static func split(_ text: Substring) throws(RedisAddressFault) -> (authority: Substring, tail: Substring) {
    let end = text.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
    // An @ behind the end of the authority: what was split is a password.
    if text[end...].contains("@") { throw .unencodedCredentials }
    return (text[..<end], text[end...])
  }

  private static func credentials(_ authority: Substring) -> (credentials: Substring?, place: Substring) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
    return (authority[..<at], authority[authority.index(after: at)...])
  }

  private static func decode(
    _ credentials: Substring?
  ) throws(RedisAddressFault) -> (user: String?, password: String?) {
    guard let credentials else { return (nil, nil) }
    guard let colon = credentials.firstIndex(of: ":") else { throw .incompleteCredentials }
    guard let user = PercentEncoding.decode(credentials[..<colon]),
      let password = PercentEncoding.decode(credentials[credentials.index(after: colon)...])
    else { throw .unencodedCredentials }
    guard !user.isEmpty || !password.isEmpty else { throw .incompleteCredentials }
    return (user.isEmpty ? nil : user, password)
  }

  private static func hostAndPort(_ place: Substring) throws(RedisAddressFault) -> Endpoint {
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

  private static func databaseNumber(_ text: Substring) throws(RedisAddressFault) -> Int {
    guard text.utf8.allSatisfy(isDigit), let number = Int32(text) else { throw .database(String(text)) }
    return Int(number)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
