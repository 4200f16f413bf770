internal import Glibc
package import LocalServer

/// Decides whether a request may use the admin port, without clock, counter or I/O.
///
/// It keeps out three kinds of clients:
///
/// - Foreign pages in the browser of someone who can reach the port. Their requests carry an unknown Host (DNS rebinding),
///   an Origin that differs from Host, or Sec-Fetch-Site. They may not even read.
/// - Others who can reach the TCP port. They may read, as any scraper does; changes need the token.
/// - Other users of this machine. The mode of the Unix socket admits its owner and root only, and the kernel names the
///   user at the other end.
package struct AdminGuard: Sendable {
  package var hosts: AdminHosts
  /// `nil` means no changes over TCP.
  package var token: AdminToken?
  /// The user of this process (geteuid).
  package var user: UInt32

  package init(hosts: AdminHosts, token: AdminToken?, user: UInt32) {
    self.hosts = hosts
    self.token = token
    self.user = user
  }

  /// Applies to every request, also to one without a handler; nil when it passes.
  package func refusal(of request: Request) -> AdminRefusal? {
    let host = request.header("host")
    // Browsers always send Host; health checks over HTTP/1.0 may not.
    if case .tcp = request.peer, let host, !hosts.contains(host) { return .host }
    let origins = request.values(of: "origin")
    guard origins.isEmpty || origins.count == 1 && Self.isSame(origin: origins[0], host: host ?? "") else {
      return .origin
    }
    // An image in a page of another site is requested without Origin. Following a link from there is a navigation.
    return isFromOwnSite(request) || request.values(of: "sec-fetch-mode") == ["navigate"] ? nil : .site
  }

  /// Fetch Metadata: "none" is a person at the address bar; programs send no such field.
  private func isFromOwnSite(_ request: Request) -> Bool {
    request.values(of: "sec-fetch-site").allSatisfy { $0 == "same-origin" || $0 == "none" }
  }

  /// Applies in addition to requests that change something; nil when it passes.
  package func refusal(ofChange request: Request) -> AdminRefusal? {
    guard isFromOwnSite(request) else { return .site }
    switch request.peer {
    case .unix(let peer): return peer == user || peer == 0 ? nil : .peer
    case .tcp:
      guard let given = Self.bearer(request.header("authorization")) else { return .tokenMissing }
      return token?.matches(given) == true ? nil : .tokenWrong
    }
  }

  /// A body must be declared as JSON: a page cannot send that without a preflight (CORS), and a form cannot at all.
  package static func refusal(ofBody request: Request) -> AdminRefusal? {
    let type = request.header("content-type")?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
    let name = type.trimming { $0 == " " || $0 == "\t" }.lowercased()
    return request.body.isEmpty || name == "application/json" ? nil : .mediaType
  }

  /// Scheme, host and port (RFC 6454 4). Either scheme matches, because TLS may end in front of this port.
  private static func isSame(origin: String, host: String) -> Bool {
    let (origin, host) = (origin.lowercased(), host.lowercased())
    return [("http://", ":80"), ("https://", ":443")].contains { scheme, port in
      origin.hasPrefix(scheme) && !host.isEmpty
        && String(origin.dropFirst(scheme.count)).dropping(suffix: port) == host.dropping(suffix: port)
    }
  }

  /// RFC 6750 2.1; the case of the scheme does not matter (RFC 9110 11.1).
  private static func bearer(_ field: String?) -> String? {
    guard let field, field.prefix(7).lowercased() == "bearer " else { return nil }
    let token = field.dropFirst(7).trimming { $0 == " " }
    return token.isEmpty ? nil : String(token)
  }
}

extension Request {
  /// The values of all lines with that name, given in lower case.
  func values(of name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
}

extension StringProtocol {
  fileprivate func trimming(_ isBlank: (Character) -> Bool) -> SubSequence {
    let start = drop(while: isBlank)
    guard let last = start.lastIndex(where: { !isBlank($0) }) else { return start.prefix(0) }
    return start[...last]
  }
}

extension String {
  fileprivate func dropping(suffix: String) -> Substring { hasSuffix(suffix) ? dropLast(suffix.count) : self[...] }
}

/// The names that Host may hold: localhost, the configured host, names that the operator adds, and any literal address. A
/// stranger can point any other name at this port (DNS rebinding). Nobody can redirect an address, and a page loaded from
/// one is either ours or of another origin.
package struct AdminHosts: Sendable, Equatable {
  private var names: Set<String> = ["localhost"]

  /// - Parameters:
  ///   - host: where the port listens.
  ///   - extra: `admin_hosts`, without ports.
  package init(host: String, extra: [String] = []) {
    for name in [host] + extra { names.insert(Self.name(in: name)) }
  }

  /// - Parameter field: a Host field, with or without a port.
  package func contains(_ field: String) -> Bool {
    let name = Self.name(in: field)
    return names.contains(name) || Self.isAddress(name)
  }

  /// Without port and brackets, in lower case.
  private static func name(in field: String) -> String {
    let text = field.lowercased()
    if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
    guard text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 else { return text }
    return String(text.prefix { $0 != ":" })
  }

  private static func isAddress(_ name: String) -> Bool {
    var (four, six) = (in_addr(), in6_addr())
    return unsafe inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
  }
}

/// Why the guard refused a request. The raw value is the label of the metric.
package enum AdminRefusal: String, Sendable, CaseIterable {
  case host
  case origin
  case site
  case tokenMissing = "token_missing"
  case tokenWrong = "token_wrong"
  case peer
  case mediaType = "media_type"

  package var status: Int {
    switch self {
    case .host: 421
    case .origin, .site, .peer: 403
    case .tokenMissing, .tokenWrong: 401
    case .mediaType: 415
    }
  }

  /// What is wrong and what to do.
  var explanation: String {
    switch self {
    case .host:
      "The name in Host is unknown to this proxy. If it is correct, add it to admin_hosts in turnout.yaml."
    case .origin: "Pages of another origin may not use the admin port. Call it without a browser, or by its own name."
    case .site: "Pages of another site may not use the admin port. Follow a link to it, or call it without a browser."
    case .tokenMissing:
      "Changes over TCP need the header Authorization: Bearer TOKEN, with the content of the token file."
    case .tokenWrong: "The token is not the one in the token file of this proxy."
    case .peer: "Only root and the user that runs the proxy may make changes over the socket."
    case .mediaType: "Send the body as JSON, with the header Content-Type: application/json."
    }
  }

  var response: Response {
    var response = ErrorBody(error: explanation).response(status: status)
    switch self {
    // RFC 6750 3: without a token the challenge names no error.
    case .tokenMissing: response.headers.append(Header("WWW-Authenticate", "Bearer realm=\"turnout\""))
    case .tokenWrong:
      response.headers.append(Header("WWW-Authenticate", "Bearer realm=\"turnout\", error=\"invalid_token\""))
    case .host, .origin, .site, .peer, .mediaType: break
    }
    return response
  }
}
