import Bytes
import YAML

/// Names that appear in messages, metric labels or log lines: checked once here, trusted everywhere else.
enum Names {
  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    ASCII.isDigit(byte) || ASCII.lowercased(byte) &- 0x61 < 26
  }

  static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

  static func isToken(_ text: String, atMost length: Int) -> Bool {
    (1...length).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isToken)
  }

  /// Why a field cannot identify the user: it frames the message or belongs to one connection (RFC 9110 7.6.1, 6.6; RFC 9112
  /// 6), or the proxy writes it itself. Nil if it can.
  static func whyNoUserHeader(_ name: String) -> String? {
    let lower = name.lowercased()
    if framing.contains(lower) { return "this field belongs to the connection or frames the message" }
    if lower == "x-forwarded-for" { return "for the client's address use anonymous: address" }
    if written.contains(lower) || lower.hasPrefix("x-turnout-") { return "the proxy writes this field itself" }
    if lower == "cookie" { return "for a cookie use {cookie: NAME}" }
    if lower.contains("_") { return "write - for _: fields with _ in the name can be forged past other servers" }
    return nil
  }

  private static let framing: Set = [
    "connection", "content-length", "content-encoding", "content-type", "date", "expect", "host", "keep-alive",
    "max-forwards", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]
  private static let written: Set = ["via", "x-forwarded-host", "x-forwarded-proto", "x-request-id", "forwarded"]
}

extension Scalar where Value == String {
  static var flagName: Scalar {
    Scalar("a flag name: 1 to 128 of letters, digits and _ . : -") { name in
      (1...128).contains(name.utf8.count)
        && name.utf8.allSatisfy { Names.isLetterOrDigit($0) || "_.:-".utf8.contains($0) } ? name : nil
    }
  }

  static var headerName: Scalar {
    Scalar("the name of a header field that tells users apart, such as X-User-Id", hint: Names.whyNoUserHeader) {
      name in
      Names.isToken(name, atMost: 64) && Names.whyNoUserHeader(name) == nil ? name : nil
    }
  }

  static var cookieName: Scalar {
    Scalar("a cookie name: 1 to 64 letters, digits or !#$%&'*+-.^_`|~") { Names.isToken($0, atMost: 64) ? $0 : nil }
  }

  /// The cookie that the proxy sets, without Secure, because clients may use plain HTTP.
  static var ownCookieName: Scalar {
    let isSecureOnly: @Sendable (String) -> Bool = { name in
      ["__host-", "__secure-"].contains { name.lowercased().hasPrefix($0) }
    }
    return Scalar(cookieName.expected, hint: { isSecureOnly($0) ? "browsers take this prefix only over TLS" : nil }) {
      isSecureOnly($0) ? nil : cookieName.parse($0)
    }
  }

  static var queryName: Scalar {
    Scalar("the name of a query parameter: 1 to 64 visible ASCII characters, none of & = # % + ;") { name in
      (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { Names.isVisible($0) && !"&=#%+;".utf8.contains($0) } ? name : nil
    }
  }

  static var claimName: Scalar {
    Scalar("the name of a claim: 1 to 128 visible ASCII characters, no \" or \\") { name in
      (1...128).contains(name.utf8.count)
        && name.utf8.allSatisfy { Names.isVisible($0) && !"\"\\".utf8.contains($0) } ? name : nil
    }
  }

  static var viaName: Scalar {
    Scalar("a name of 1 to 64 letters, digits or !#$%&'*+-.^_`|~") { Names.isToken($0, atMost: 64) ? $0 : nil }
  }

  /// The path of a route.
  static var routePath: Scalar {
    Scalar("a path that begins with /, of at most 256 visible ASCII characters without ? and #") { path in
      isPath(path) ? path : nil
    }
  }

  /// The prefix of a cohort's targets.
  static var pathPrefix: Scalar {
    Scalar("\"\" or a path that begins with / and does not end with one, at most 256 visible ASCII, no ? or #") {
      path in
      path.isEmpty || (isPath(path) && !path.hasSuffix("/")) ? path : nil
    }
  }

  static var filePath: Scalar {
    Scalar("the path of a file") { $0.isEmpty || $0.utf8.count > 4_096 || $0.utf8.contains(0) ? nil : $0 }
  }

  /// The name of this proxy in the fleet.
  static var proxyName: Scalar {
    Scalar("a name of 1 to 64 visible ASCII characters") { name in
      (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(Names.isVisible) ? name : nil
    }
  }

  /// The prefix of the keys in Redis.
  static var keyPrefix: Scalar {
    Scalar("at most 64 visible ASCII characters") { prefix in
      prefix.utf8.count <= 64 && prefix.utf8.allSatisfy(Names.isVisible) ? prefix : nil
    }
  }

  /// A host name of the admin port.
  static var hostName: Scalar {
    Scalar(
      "a host name or address without scheme and port, such as turnout.internal",
      parse: { HostAndPort.hostAlone($0) })
  }

  static var folderPath: Scalar { Scalar("the path of a folder", parse: filePath.parse) }

  private static func isPath(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count <= 256
      && path.utf8.allSatisfy { Names.isVisible($0) && !"?#".utf8.contains($0) }
  }
}
