import Admin
import LocalServer
import Testing

/// A request as the guard sees it, and what it says.
private struct Case: CustomTestStringConvertible {
  let testDescription: String
  let refusal: AdminRefusal?
  let request: Request

  init(_ description: String, _ refusal: AdminRefusal?, _ headers: [String: String], peer: Peer = .loopback) {
    testDescription = description
    self.refusal = refusal
    request = Request(
      method: "POST", path: "/", headers: headers.map { Header($0.key, $0.value) }, body: [], peer: peer)
  }

  static let root = Peer.unix(user: 0)
  static let own = Peer.unix(user: 1000)
  static let other = Peer.unix(user: 1001)
  static let far = Peer.tcp(address: "192.0.2.7", isLoopback: false)
}

@Suite struct GuardTests {
  private static let secret = String(repeating: "k", count: 43)
  private let access = AdminGuard(
    hosts: AdminHosts(host: "10.0.0.5", extra: ["Proxy-1.internal", "fd00::5"]), token: AdminToken(secret), user: 1000)

  @Test(
    "Every request is judged by Host and Origin",
    arguments: [
      Case("loopback name", nil, ["host": "localhost:9901"]),
      Case("loopback name, capitals", nil, ["host": "LocalHost"]),
      Case("loopback address", nil, ["host": "127.0.0.1:1"]),
      Case("loopback address, version 6", nil, ["host": "[::1]:9901"]),
      Case("the address of the port", nil, ["host": "10.0.0.5:9901"]),
      Case("a name that was added", nil, ["host": "proxy-1.INTERNAL"]),
      Case("an address of version 6 that was added", nil, ["host": "[fd00::5]:9901"]),
      Case("no Host, as in HTTP/1.0", nil, [:]),
      Case("a stranger's name", .host, ["host": "evil.example:9901"]),
      Case("a name that begins like ours", .host, ["host": "localhost.evil.example"]),
      Case("a name that ends like ours", .host, ["host": "evil-localhost"]),
      Case("another address", nil, ["host": "10.0.0.6"]),
      Case("a name that looks like an address", .host, ["host": "10.0.0.6.evil.example"]),
      Case("a number", .host, ["host": "10.0.6"]),
      Case("an empty Host", .host, ["host": ""]),
      Case("only a port", .host, ["host": ":9901"]),
      Case("any name over the socket", nil, ["host": "evil.example"], peer: Case.own),
      Case("our own page", nil, ["host": "localhost:9901", "origin": "http://localhost:9901"]),
      Case("our own page behind TLS", nil, ["host": "localhost", "origin": "https://LOCALHOST:443"]),
      Case("our own page, the port written out", nil, ["host": "localhost:80", "origin": "http://localhost"]),
      Case("a page of another port", .origin, ["host": "localhost:9901", "origin": "http://localhost:8080"]),
      Case("a page of another site", .origin, ["host": "localhost:9901", "origin": "http://evil.example"]),
      Case("a page without an origin", .origin, ["host": "localhost:9901", "origin": "null"]),
      Case("no scheme", .origin, ["host": "localhost:9901", "origin": "localhost:9901"]),
      Case("an origin without Host", .origin, ["origin": "http://localhost"]),
      Case("a picture in a page of another site", .site, ["host": "localhost", "sec-fetch-site": "cross-site"]),
      Case(
        "a script of a neighbour", .site,
        ["host": "localhost", "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"]),
      Case(
        "a link from another site", nil,
        ["host": "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"]),
      Case("a script of our own page", nil, ["host": "localhost", "sec-fetch-site": "same-origin"]),
      Case("a page over the socket", .origin, ["host": "a", "origin": "http://b"], peer: Case.own),
    ])
  fileprivate func everyRequest(_ given: Case) { #expect(access.refusal(of: given.request) == given.refusal) }

  @Test(
    "A change needs the token over TCP, and our user or root over the socket",
    arguments: [
      Case("the token", nil, ["authorization": "Bearer \(secret)"]),
      Case("the token, from afar", nil, ["authorization": "Bearer \(secret)"], peer: Case.far),
      Case("the scheme in another case", nil, ["authorization": "bearer  \(secret) "]),
      Case("nothing", .tokenMissing, [:]),
      Case("an empty token", .tokenMissing, ["authorization": "Bearer "]),
      Case("another scheme", .tokenMissing, ["authorization": "Basic \(secret)"]),
      Case("another token", .tokenWrong, ["authorization": "Bearer \(String(secret.dropLast()))x"]),
      Case("the beginning of the token", .tokenWrong, ["authorization": "Bearer \(secret.dropLast())"]),
      Case("more than the token", .tokenWrong, ["authorization": "Bearer \(secret)k"]),
      Case(
        "the token, from another site", .site, ["authorization": "Bearer \(secret)", "sec-fetch-site": "cross-site"]),
      Case("the token, from a neighbour", .site, ["authorization": "Bearer \(secret)", "sec-fetch-site": "same-site"]),
      Case(
        "the token, from our own page", nil, ["authorization": "Bearer \(secret)", "sec-fetch-site": "same-origin"]),
      Case("our user", nil, [:], peer: Case.own),
      Case("root", nil, [:], peer: Case.root),
      Case("another user", .peer, ["authorization": "Bearer \(secret)"], peer: Case.other),
      Case("a user that is not known", .peer, [:], peer: .unix(user: nil)),
    ])
  fileprivate func changes(_ given: Case) { #expect(access.refusal(ofChange: given.request) == given.refusal) }

  @Test("A header that came twice counts for the worse")
  func twice() {
    var request = Request(method: "POST", path: "/", headers: [Header("host", "localhost")])
    request.headers += [Header("origin", "http://localhost"), Header("origin", "http://localhost")]
    #expect(access.refusal(of: request) == .origin)
    request.headers += [Header("sec-fetch-site", "same-origin"), Header("sec-fetch-site", "cross-site")]
    #expect(access.refusal(ofChange: request) == .site)
  }

  @Test("Without a token nothing can be changed over TCP")
  func noToken() {
    var access = access
    access.token = nil
    let request = Request(method: "POST", path: "/", headers: [Header("authorization", "Bearer \(Self.secret)")])
    #expect(access.refusal(ofChange: request) == .tokenWrong)
  }

  @Test("A body is JSON by name, or there is none")
  func bodies() {
    func refusal(_ type: String?, _ body: String) -> AdminRefusal? {
      AdminGuard.refusal(
        ofBody: Request(
          method: "POST", path: "/", headers: type.map { [Header("content-type", $0)] } ?? [], body: Array(body.utf8)))
    }
    #expect(refusal("application/json", "{}") == nil)
    #expect(refusal("Application/JSON ; charset=utf-8", "{}") == nil)
    #expect(refusal(nil, "") == nil)
    #expect(refusal("text/plain", "") == nil)
    for type in ["text/plain", "application/x-www-form-urlencoded", "application/json5", "multipart/form-data", nil] {
      #expect(refusal(type, "{}") == .mediaType)
    }
  }

  @Test("Wrong tokens are slowed after five in a minute, never more than 32 at a time, and forgotten after a minute")
  func slowing() {
    let counters = RefusalCounters()
    let second: UInt64 = 1_000_000_000
    let start = 1_000 * second
    let delays = (0..<40).map { counters.add(.tokenWrong, now: start + UInt64($0)) }
    #expect(delays.prefix(5).allSatisfy { $0 == .zero })
    #expect(delays[5..<32].allSatisfy { $0 == .seconds(1) })
    #expect(delays[32...].allSatisfy { $0 == .zero })
    #expect(counters.add(.tokenWrong, now: start + 2 * second) == .seconds(1))
    #expect(counters.add(.tokenMissing, now: start + 2 * second) == .zero)
    #expect(counters.add(.tokenWrong, now: start + 70 * second) == .zero)
    #expect(counters.counts.first { $0.reason == "token_wrong" }?.count == 42)
    #expect(counters.counts.map(\.reason).count == AdminRefusal.allCases.count)
  }
}
