internal import Bytes

/// Where a server listens, as addresses name it: `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT` (RFC 3986 section 3.2).
public struct HostPort: Sendable, Equatable {
  /// Without brackets.
  public let host: String
  /// Nil where none is named.
  public let port: UInt16?

  public enum Fault: Error, Equatable {
    case host(String)
    case port(String)
  }

  public init(parsing place: Substring) throws(Fault) {
    var host = place
    var port: Substring?
    if place.hasPrefix("[") {
      guard let close = place.firstIndex(of: "]") else { throw .host(String(place)) }
      host = place[..<close].dropFirst()
      let rest = place[close...].dropFirst()
      guard rest.isEmpty || rest.hasPrefix(":") else { throw .host(String(place)) }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = place.firstIndex(of: ":") {
      (host, port) = (place[..<colon], place[colon...].dropFirst())
      // Several colons: an IPv6 address without brackets.
      if port?.contains(":") == true { throw .host(String(place)) }
    }
    guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw .host(String(host)) }
    self.host = String(host)
    guard let port else {
      self.port = nil
      return
    }
    guard port.utf8.allSatisfy({ ASCII.isDigit($0) }), let number = UInt16(port), number > 0 else {
      throw .port(String(port))
    }
    self.port = number
  }
}
