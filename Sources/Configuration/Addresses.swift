import Glibc
package import Proxy
import YAML

extension Scalar where Value == Endpoint {
  /// Where to listen. Port 0 lets the system choose.
  static var listener: Scalar {
    Scalar(
      "HOST:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or \"[::1]:8080\"", hint: { listenerHint($0) },
      parse: { HostAndPort.parse($0, port: nil) })
  }

  /// A server of a cohort.
  static var server: Scalar {
    Scalar("http://HOST:PORT, such as http://127.0.0.1:9001", hint: { serverHint($0) }) { text in
      guard let authority = ServerURL.authority(of: text) else { return nil }
      return HostAndPort.parse(authority, port: 80).flatMap { $0.port == 0 ? nil : $0 }
    }
  }
}

/// The URL of a server: `http://`, host, port, and at most one slash.
private enum ServerURL {
  static func authority(of text: String) -> String? {
    guard let (scheme, rest) = split(text), scheme == "http" else { return nil }
    let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
    return authority.contains { "/?#@".contains($0) } ? nil : String(authority)
  }

  static func split(_ text: String) -> (scheme: String, rest: Substring)? {
    guard let slashes = text.firstRange(of: "://") else { return nil }
    return (text[..<slashes.lowerBound].lowercased(), text[slashes.upperBound...])
  }
}

private func serverHint(_ text: String) -> String? {
  guard let (scheme, rest) = ServerURL.split(text) else { return "the http:// is missing" }
  if scheme == "https" { return "TLS towards servers is not supported" }
  if scheme != "http" { return nil }
  if rest.contains("@") { return "a user name does not belong here" }
  if rest.contains("?") || rest.contains("#") { return "only scheme, host and port belong here" }
  if rest.dropLast().contains("/") { return "a path belongs in path_prefix" }
  return nil
}

private func listenerHint(_ text: String) -> String? {
  if text.contains("://") { return "no scheme here" }
  if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1, !text.hasPrefix("[") {
    return "an IPv6 address goes in brackets"
  }
  if text.hasPrefix(":") || text.hasPrefix("*:") { return "for every address write 0.0.0.0 or [::] as the host" }
  if Decimal.parse(text) != nil { return "the host is missing" }
  return text.contains(":") ? nil : "the port is missing"
}

/// `host:port`, `[address]:port` and, where there is a standard port, these without one.
package enum HostAndPort {
  package static func parse(_ text: String, port standard: UInt16?) -> Endpoint? {
    guard let (host, digits) = split(text), isHost(host) || text.hasPrefix("[") else { return nil }
    guard let digits else { return standard.map { Endpoint(host: host, port: $0) } }
    return Decimal.parse(digits).flatMap { UInt16(exactly: $0) }.map { Endpoint(host: host, port: $0) }
  }

  /// The host of a text that has no port; an IPv6 address with brackets or without.
  static func hostAlone(_ text: String) -> String? {
    if isIPv6(text) { return text }
    guard let (host, port) = split(text), port == nil, isHost(host) || text.hasPrefix("[") else { return nil }
    return host
  }

  private static func split(_ text: String) -> (host: String, port: Substring?)? {
    guard text.hasPrefix("[") else {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count == 2 ? parts[1] : nil)
    }
    guard let bracket = text.firstIndex(of: "]") else { return nil }
    let address = String(text[text.index(after: text.startIndex)..<bracket])
    let rest = text[text.index(after: bracket)...]
    guard isIPv6(address), rest.isEmpty || rest.hasPrefix(":") else { return nil }
    return (address, rest.isEmpty ? nil : rest.dropFirst())
  }

  /// An IPv4 address, or a name whose last label is no number (so that 127.0.0.256 is not taken for a name).
  private static func isHost(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last, text.utf8.count <= 253, labels.allSatisfy(isLabel) else { return false }
    return Decimal.parse(last) == nil || isIPv4(text)
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count)
      && label.utf8.allSatisfy { Names.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  private static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return unsafe inet_pton(AF_INET, text, &address) == 1
  }

  private static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return unsafe inet_pton(AF_INET6, text, &address) == 1
  }
}
