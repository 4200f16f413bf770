/// Where chat requests go: `http://HOST[:PORT][/PREFIX]`, the proxy in front of the application.
package struct ChatAddress: Sendable, Equatable, CustomStringConvertible {
  /// Without brackets.
  package var host: String
  package var port: UInt16
  /// In front of every path; without a slash at its end.
  package var prefix = ""

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Nil for anything else: there is no TLS here, and no user name.
  package init?(_ text: String) {
    let scheme = "http://"
    guard text.lowercased().hasPrefix(scheme) else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    guard !rest.contains(where: { "?#@ \r\n\t".contains($0) }), let (host, port) = Self.split(authority) else {
      return nil
    }
    self.init(host: host, port: port)
    let path = rest.dropFirst(authority.count)
    prefix = String(path.hasSuffix("/") ? path.dropLast() : path)
  }

  private static func split(_ authority: Substring) -> (String, UInt16)? {
    var (host, rest) = (authority.prefix { $0 != ":" }, authority.drop { $0 != ":" })
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<bracket]
      rest = authority[authority.index(after: bracket)...]
    }
    guard !host.isEmpty else { return nil }
    if rest.isEmpty { return (String(host), 80) }
    guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
    return (String(host), port)
  }

  /// For the field Host.
  package var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  package var description: String { "http://\(authority)\(prefix)" }
}
