internal import Reactor

/// Where a service speaks plain HTTP: `http://127.0.0.1:9090/prometheus`, or the path of a Unix socket. HTTPS is not
/// supported: address such a service by its own port, or through a proxy on this machine.
package struct HTTPEndpoint: Sendable, Equatable, CustomStringConvertible {
  package enum Address: Sendable, Equatable, CustomStringConvertible {
    /// A name, an IPv4 address or an IPv6 address without brackets.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    package var description: String {
      switch self {
      case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      case .unix(let path): path
      }
    }
  }

  package var address: Address
  /// Precedes every path, without a slash at its end.
  package var prefix: String

  package init(_ address: Address, prefix: String = "") {
    self.address = address
    self.prefix = prefix
  }

  package init(host: String, port: UInt16, prefix: String = "") {
    self.init(.tcp(host: host, port: port), prefix: prefix)
  }

  /// Why a text is not such an address.
  package struct ParseError: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Reads `http://host[:port][/path]`; an IPv6 address stands in brackets.
  package init(parsing text: String, standardPort: UInt16) throws(ParseError) {
    func invalid(_ reason: String) -> ParseError {
      ParseError(description: "\"\(text)\" \(reason), expected http://host:port")
    }
    guard let scheme = text.firstRange(of: "://") else { throw invalid("has no scheme") }
    guard text[..<scheme.lowerBound] == "http" else {
      throw invalid(text.hasPrefix("https://") ? "is encrypted, which is not supported" : "has another scheme")
    }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.last == "/" { path.removeLast() }
    guard !authority.contains("@") else { throw invalid("contains a user, which is not supported") }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !path.contains("?"), !path.contains("#") else {
      throw invalid("has an invalid path")
    }
    do throws(HostPortError) {
      let location = try HostPort(parsing: authority)
      guard location.host.utf8.allSatisfy({ $0 < 0x7F }) else { throw .host(location.host) }
      self.init(host: location.host, port: location.port ?? standardPort, prefix: String(path))
    } catch {
      throw invalid("has no valid host or port")
    }
  }

  package var description: String {
    switch address {
    case .tcp: "http://\(address)\(prefix)"
    case .unix: "\(address)\(prefix)"
    }
  }

  /// For the field Host.
  package var authority: String {
    switch address {
    case .tcp: address.description
    case .unix: "localhost"
    }
  }
}
