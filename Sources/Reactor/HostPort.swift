internal import Bytes

/// The host and port of an address: `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT` (RFC 3986 section 3.2).
public struct HostPort: Sendable, Equatable {
  /// Without brackets.
  public let host: String
  /// Nil where none is named.
  public let port: UInt16?

  public init(parsing text: Substring) throws(HostPortError) {
    var host = text
    var port: Substring?
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { throw .host(String(text)) }
      host = text[..<close].dropFirst()
      let rest = text[close...].dropFirst()
      guard rest.isEmpty || rest.hasPrefix(":") else { throw .host(String(text)) }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = text.firstIndex(of: ":") {
      (host, port) = (text[..<colon], text[colon...].dropFirst())
      // Several colons: an IPv6 address without brackets.
      if port?.contains(":") == true { throw .host(String(text)) }
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

/// The part of an address that is not valid.
public enum HostPortError: Error, Equatable {
  case host(String)
  case port(String)
}
