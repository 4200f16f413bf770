internal import Bytes
internal import Reactor

extension MySQLAddress {
  package init(parsing text: String) throws(MySQLAddressFault) {
    guard let scheme = ["mysql://", "mariadb://"].first(where: { text.hasPrefix($0) }) else { throw .scheme }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    // An @ behind the end of the authority: what was split is a password.
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
  ) throws(MySQLAddressFault) -> (user: String, password: String?) {
    let colon = text.firstIndex(of: ":") ?? text.endIndex
    let secret = text[colon...].dropFirst()
    guard let user = PercentEncoding.decode(text[..<colon]), let password = PercentEncoding.decode(secret) else {
      throw .unencoded
    }
    guard !user.isEmpty else { throw .noUser }
    guard !user.utf8.contains(0), !password.utf8.contains(0) else { throw .unencoded }
    return (user, password.isEmpty ? nil : password)
  }

  private static func database(_ path: Substring) throws(MySQLAddressFault) -> String? {
    let text = path.dropFirst()
    if text.isEmpty { return nil }
    guard !text.contains("/"), let name = PercentEncoding.decode(text), name.count <= 64, !name.utf8.contains(0) else {
      throw .database
    }
    return name
  }

  private static func hostAndPort(_ place: Substring) throws(MySQLAddressFault) -> Endpoint {
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

  /// What stands behind the question mark.
  private struct Options {
    var socket: String?
    var tls = "off"
    var authorities: String?

    init(_ text: Substring) throws(MySQLAddressFault) {
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
        // As frameworks write them; the server tells its version, and text is UTF-8.
        case "serverVersion", "charset": break
        default: throw .query(String(option))
        }
      }
    }

    func encryption() throws(MySQLAddressFault) -> Encryption {
      if authorities != nil && tls != "on" { throw .unusedAuthorities }
      switch tls {
      case "on": return .verified(authorities: authorities)
      case "unverified": return .unverified
      default: return .off
      }
    }
  }
}
