import TestSupport
import Testing

@Suite("Requests without a user key have a cohort too", .ownThread)
struct AnonymousTests {
  private static func flags(_ percentage: Double) -> String { "{ \"UNIFIED_CONVERSATION_ENABLED\": \(percentage) }" }

  @Test(
    "They go to legacy until the flag is at 100 %",
    arguments: [(0.0, "legacy"), (99.999, "legacy"), (100.0, "unified")])
  func legacy(_ percentage: Double, _ cohort: String) throws {
    #expect(try Stage(flags: Self.flags(percentage)).client().get().text == cohort)
  }

  @Test("With a cookie they get a random key for a year and keep their cohort")
  func cookie() throws {
    let stage = try Stage(settings: "user_key: { anonymous: cookie }", flags: Self.flags(50))
    var cohorts: [String: String] = [:]
    for _ in 0..<40 {
      let answer = try stage.client().get()
      let line = try #require(answer.head["Set-Cookie"].first)
      #expect(line.contains(/^turnout_id=[0-9a-f]{32}; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/))
      cohorts[String(line.prefix { $0 != ";" })] = answer.text
    }
    #expect(cohorts.count == 40)
    #expect(Set(cohorts.values) == ["legacy", "unified"])
    let client = try stage.client()
    for (cookie, cohort) in cohorts {
      let answer = try client.ask("GET / HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n")
      #expect(answer.text == cohort)
      #expect(answer.head["Set-Cookie"].isEmpty)
    }
  }

  @Test("The cookie is set beside those of the upstream, and on answers of the proxy itself")
  func cookieBeside() throws {
    let legacy: [UpstreamStep] = [
      .request, .send("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"), .request, .close,
    ]
    let stage = try Stage(legacy: legacy, settings: "user_key: { anonymous: cookie }")
    let client = try stage.client()
    #expect(try client.get().head["Set-Cookie"].count == 2)
    let answer = try client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    #expect(answer.status == 502)
    #expect(answer.head["Set-Cookie"].count == 1)
  }

  @Test("A known user gets no cookie")
  func known() throws {
    let stage = try Stage(settings: "user_key: { anonymous: cookie }")
    #expect(try stage.client().get(user: "lena").head["Set-Cookie"].isEmpty)
  }

  @Test("By address, the address of the client is the key")
  func address() throws {
    let stage = try Stage(
      settings: "user_key: { anonymous: address }",
      flags: #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 0, "allow": ["127.0.0.1"] } }"#)
    #expect(try stage.client().get().text == "unified")
    #expect(try stage.client().get(user: "lena").text == "legacy")
  }
}
