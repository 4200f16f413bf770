package import LocalServer

/// Who may do what on the admin port, as a decision about one request: no clock, no counter, no I/O.
///
/// Three kinds of strangers are kept out:
///
/// - A page in the browser of somebody who can reach the port. Its requests carry a Host that is none of ours (DNS
///   rebinding), or an Origin that is not the Host, or Sec-Fetch-Site. Reading is refused to it as well.
/// - Whoever else can reach the TCP port. Reading is open, as for any scraper; what changes something needs the token.
/// - Other users of this machine. The Unix socket is open to its owner and root alone by its mode, and the kernel says
///   who is at the other end.
package struct AdminGuard: Sendable {
  package var hosts: AdminHosts
  /// Nil: nothing can be changed over TCP.
  package var token: AdminToken?
  /// The user of this process (geteuid).
  package var user: UInt32

  package init(hosts: AdminHosts, token: AdminToken?, user: UInt32) {
    self.hosts = hosts
    self.token = token
    self.user = user
  }

  /// What holds for every request, also for one that nothing answers; nil when it passes.
  package func refusal(of request: Request) -> AdminRefusal? {
    let host = request.header("host")
    // A browser always sends Host; health checks by HTTP/1.0 may not.
    if case .tcp = request.peer, let host, !hosts.contains(host) { return .host }
    let origins = request.values(of: "origin")
    guard origins.isEmpty || origins.count == 1 && Self.isSame(origin: origins[0], host: host ?? "") else {
      return .origin
    }
    // A picture in a page of another site asks without an Origin. Whoever follows a link from there navigates.
    return isFromOwnSite(request) || request.values(of: "sec-fetch-mode") == ["navigate"] ? nil : .site
  }

  /// Fetch Metadata: "none" is a person at the address bar; programs say nothing.
  private func isFromOwnSite(_ request: Request) -> Bool {
    request.values(of: "sec-fetch-site").allSatisfy { $0 == "same-origin" || $0 == "none" }
  }

  /// What holds besides for requests that change something; nil when it passes.
  package func refusal(ofChange request: Request) -> AdminRefusal? {
    guard isFromOwnSite(request) else { return .site }
    switch request.peer {
    case .unix(let peer): return peer == user || peer == 0 ? nil : .peer
    case .tcp:
      guard let given = Self.bearer(request.header("authorization")) else { return .tokenMissing }
      return token?.matches(given) == true ? nil : .tokenWrong
    }
  }

  /// A body is JSON by name too: a page cannot send that without asking first (CORS), and no form can at all.
  package static func refusal(ofBody request: Request) -> AdminRefusal? {
    let type = request.header("content-type")?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
    let name = type.trimming { $0 == " " || $0 == "\t" }.lowercased()
    return request.body.isEmpty || name == "application/json" ? nil : .mediaType
  }

  /// Scheme, host and port (RFC 6454 4); TLS may end in front of us, so either scheme will do.
  private static func isSame(origin: String, host: String) -> Bool {
    let (origin, host) = (origin.lowercased(), host.lowercased())
    return [("http://", ":80"), ("https://", ":443")].contains { scheme, port in
      origin.hasPrefix(scheme) && !host.isEmpty
        && String(origin.dropFirst(scheme.count)).dropping(suffix: port) == host.dropping(suffix: port)
    }
  }

  /// RFC 6750 2.1; the scheme's case does not matter (RFC 9110 11.1).
  private static func bearer(_ field: String?) -> String? {
    guard let field, field.prefix(7).lowercased() == "bearer " else { return nil }
    let token = field.dropFirst(7).trimming { $0 == " " }
    return token.isEmpty ? nil : String(token)
  }
}

extension Request {
  /// Of every line with that name, which is in lower case.
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
