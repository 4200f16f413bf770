/// A service that speaks plain HTTP: `http://127.0.0.1:9090/prometheus`. Https is not spoken: what is behind it can be
/// reached on its own port, or through a proxy on this machine.
package struct HTTPEndpoint: Sendable, Equatable, CustomStringConvertible {
  package var host: String
  package var port: UInt16
  /// In front of every path, without a slash at its end.
  package var prefix: String

  package init(host: String, port: UInt16, prefix: String = "") {
    self.host = host
    self.port = port
    self.prefix = prefix
  }

  /// Why text names no such service.
  package struct Fault: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// `http://host[:port][/path]`; an IPv6 address stands in brackets.
  package init(parsing text: String, standardPort: UInt16) throws(Fault) {
    func fault(_ reason: String) -> Fault { Fault(description: "\"\(text)\" \(reason), expected http://host:port") }
    guard let scheme = text.firstRange(of: "://") else { throw fault("has no scheme") }
    guard text[..<scheme.lowerBound] == "http" else {
      throw fault(text.hasPrefix("https://") ? "is encrypted, which is not supported" : "has another scheme")
    }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.last == "/" { path.removeLast() }
    guard !authority.contains("@") else { throw fault("has a user in it, which is not supported") }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !path.contains("?"), !path.contains("#") else {
      throw fault("has a path that no service can have")
    }
    guard let (host, port) = Self.hostAndPort(authority, standardPort) else {
      throw fault("has no host or no good port")
    }
    self.init(host: host, port: port, prefix: String(path))
  }

  private static func hostAndPort(_ text: Substring, _ standardPort: UInt16) -> (String, UInt16)? {
    var host = text
    var after: Substring = ""
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      after = text[text.index(after: end)...]
    } else if let colon = text.firstIndex(of: ":") {
      (host, after) = (text[..<colon], text[colon...])
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    guard !after.isEmpty else { return (String(host), standardPort) }
    guard after.first == ":", let port = UInt16(after.dropFirst()), port > 0 else { return nil }
    return (String(host), port)
  }

  package var description: String { "http://\(authority)\(prefix)" }

  /// For the field Host.
  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
