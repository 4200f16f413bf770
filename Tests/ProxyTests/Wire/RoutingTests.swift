import TestSupport
import Testing

@Suite("The path chooses the flag or the cohort", .ownThread)
struct RoutingTests {
  @Test("The longest prefix that ends at a segment wins")
  func longestPrefix() throws {
    let stage = try Stage(
      settings: """
        routes:
          - { path: /, cohort: legacy }
          - { path: /api, cohort: unified }
          - { path: /api/old, cohort: legacy }
          - { path: /flagged, flag: UNIFIED_CONVERSATION_ENABLED }
        """)
    let client = try stage.client()
    let expected = [
      "/": "legacy", "/api": "unified", "/api/": "unified", "/api?x": "unified", "/api/x": "unified", "/apis": "legacy",
      "/API": "legacy", "/api/old": "legacy", "/api/old/x": "legacy", "/api/older": "unified", "/x/api": "legacy",
      "//api": "legacy", "http://a/api": "unified", "http://a": "legacy",
    ]
    for (target, cohort) in expected { #expect(try client.get(target).text == cohort, "\(target)") }
    #expect(try client.get("/api/old", user: "uma").text == "legacy")
    #expect(try client.get("/flagged", user: "uma").text == "unified")
    #expect(try client.get("/flagged", user: "lena").text == "legacy")
  }

  @Test("A fixed cohort is told to the upstream without a flag")
  func fixedCohort() throws {
    let stage = try Stage(settings: "routes: [{ path: /, cohort: unified }]", flags: "{}")
    _ = try stage.client().get()
    let request = try stage.unified.onlyRequest()
    #expect(request["X-Turnout-Cohort"] == ["unified"])
    #expect(request["X-Turnout-Flag"].isEmpty)
  }

  @Test("Different routes may ask different flags")
  func flags() throws {
    let stage = try Stage(
      settings: "routes: [{ path: /, flag: MAIN }, { path: /chat, flag: CHAT }]", flags: #"{ "MAIN": 0, "CHAT": 100 }"#)
    let client = try stage.client()
    #expect(try client.get("/", user: "lena").text == "legacy")
    #expect(try client.get("/chat", user: "lena").text == "unified")
    #expect(try stage.unified.onlyRequest()["X-Turnout-Flag"] == ["CHAT"])
  }

  @Test(
    "A cohort's path prefix is put in front of the target",
    arguments: [
      ("/a?b", "/v1/a?b"), ("/", "/v1/"), ("http://a", "/v1/"), ("http://a/x", "/v1/x"), ("http://a?q", "/v1/?q"),
      ("//x", "/v1//x"),
    ])
  func pathPrefix(_ target: String, _ forwarded: String) throws {
    let (legacy, unified) = (try ScriptedUpstream(.saying("legacy")), try ScriptedUpstream(.saying("unified")))
    let proxy = try LocalProxy(
      """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"], path_prefix: /v1 }
      """)
    let client = try proxy.client()
    _ = try client.get(target, user: "uma")
    _ = try client.get("/plain", user: "lena")
    #expect(try unified.onlyRequest().startLine == "GET \(forwarded) HTTP/1.1")
    #expect(try legacy.onlyRequest().startLine == "GET /plain HTTP/1.1")
  }

  @Test("OPTIONS * stays what it is")
  func asterisk() throws {
    let unified = try ScriptedUpstream(.saying("unified"))
    let server = "servers: [\"http://127.0.0.1:\(unified.port)\"]"
    let proxy = try LocalProxy("cohorts: { legacy: { \(server) }, unified: { \(server), path_prefix: /v1 } }")
    _ = try proxy.client().ask("OPTIONS * HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n")
    #expect(try unified.onlyRequest().startLine == "OPTIONS * HTTP/1.1")
  }

  @Test("A cohort's servers take turns")
  func servers() throws {
    let servers = try (0..<3).map { try ScriptedUpstream(.saying("\($0)")) }
    let list = servers.map { "\"http://127.0.0.1:\($0.port)\"" }.joined(separator: ", ")
    let proxy = try LocalProxy("cohorts: { legacy: { servers: [\(list)] }, unified: { servers: [\(list)] } }")
    let client = try proxy.client()
    for _ in 0..<9 { _ = try client.get() }
    #expect(servers.map(\.requests.count) == [3, 3, 3])
  }
}
