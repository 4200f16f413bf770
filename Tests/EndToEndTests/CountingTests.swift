import TestSupport
import Testing

@Suite("What ended how is counted in its cohort, and what an upstream tells us stays with us", .ownThread)
struct CountingTests {
  private static let flag = "flag=\"UNIFIED_CONVERSATION_ENABLED\""

  private static func count(_ name: String, _ cohort: String, _ proxy: ProxyProcess) throws -> Int {
    try proxy.metric("turnout_\(name){\(flag),cohort=\"\(cohort)\"}")
  }

  /// Everyone with a key is in unified by the percentage, but "lena", whom a list keeps out.
  private static let flags = #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 100, "deny": ["lena"] } }"#

  @Test(
    "A 5xx is an error, and so is an answer that breaks off upstream",
    arguments: [
      ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0),
      ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0),
      ("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", 1),
      ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ncut", 1),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncut\r\nX", 1),
      ("HTTP/1.1 2000 OK\r\n\r\n", 1),
    ])
  func errors(_ answer: String, _ errors: Int) throws {
    let stage = try Stage(unified: [.request, .send(answer), .close], flags: Self.flags)
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\nContent-Length: 0\r\n\r\n")
    _ = try? client.readResponse()
    #expect(eventually { try! Self.count("errors_total", "unified", stage.proxy) == errors })
    #expect(try Self.count("left_out_requests_total", "unified", stage.proxy) == 0)
    #expect(try Self.count("errors_total", "legacy", stage.proxy) == 0)
  }

  @Test("A client that goes away is no error of its cohort")
  func clientGone() throws {
    let gate = Gate()
    let stage = try Stage(unified: [.request, .wait(gate)], flags: Self.flags)
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\n\r\n")
    #expect(eventually { !stage.unified.sawNothing })
    client.resetNow()
    #expect(eventually { try! stage.proxy.metric("turnout_client_aborts_total") == 1 })
    gate.open()
    #expect(try Self.count("errors_total", "unified", stage.proxy) == 0)
  }

  @Test("Users without a key and users in a list are counted, and left out of comparisons")
  func leftOut() throws {
    let stage = try Stage(flags: #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 50, "deny": ["lena"] } }"#)
    let client = try stage.client()
    for _ in 0..<3 { #expect(try client.get().text == "legacy") }
    for _ in 0..<2 { #expect(try client.get(user: "lena").text == "legacy") }
    var known = ["legacy": 0, "unified": 0]
    for number in 0..<20 { known[try client.get(user: "user-\(number)").text, default: 0] += 1 }
    #expect(try Self.count("left_out_requests_total", "legacy", stage.proxy) == 5)
    #expect(try Self.count("left_out_requests_total", "unified", stage.proxy) == 0)
    for (cohort, count) in known {
      let requests = try Self.finished(cohort, stage.proxy)
      #expect(requests == count + (cohort == "legacy" ? 5 : 0))
    }
  }

  private static func finished(_ cohort: String, _ proxy: ProxyProcess) throws -> Int {
    try count("request_duration_seconds_count", cohort, proxy)
  }

  /// What an upstream tells us alone, and what counts it.
  static let tellings: [(field: String, metric: String)] = [
    ("X-Turnout-Created", "conversations_created_total"), ("X-Turnout-Context-Error", "context_load_errors_total"),
  ]

  @Test("What an upstream tells us alone is counted when it says 1, and no client sees it", arguments: tellings)
  func told(field: String, metric: String) throws {
    let others = Self.tellings.map(\.1).filter { $0 != metric }
    for (value, count) in [("1", 1), ("0", 0), ("yes", 0), ("11", 0), ("", 0)] {
      let stage = try Stage(
        unified: .answering("HTTP/1.1 201 Created\r\n\(field): \(value)\r\nContent-Length: 0\r\n\r\n"),
        flags: Self.flags)
      let answer = try stage.client().get(user: "u")
      #expect(answer.head[field].isEmpty)
      #expect(answer.status == 201)
      #expect(try Self.count(metric, "unified", stage.proxy) == count)
      #expect(try Self.count(metric, "legacy", stage.proxy) == 0)
      for other in others { #expect(try Self.count(other, "unified", stage.proxy) == 0) }
    }
  }

  @Test("Each answer counts once, whatever it says, also in the answer to a request that is left out")
  func toldOnce() throws {
    let stage = try Stage(
      legacy: .answering(
        "HTTP/1.1 200 OK\r\nX-Turnout-Context-Error: 1\r\nx-turnout-context-error: 1\r\nX-Turnout-Created: 1\r\n"
          + "Content-Length: 0\r\n\r\n"),
      flags: Self.flags)
    let client = try stage.client()
    for _ in 0..<3 { #expect(try client.get(user: "lena").head["X-Turnout-Context-Error"].isEmpty) }
    for (_, metric) in Self.tellings { #expect(try Self.count(metric, "legacy", stage.proxy) == 3) }
  }

  @Test("A client cannot make an upstream believe what only upstreams say", arguments: tellings)
  func notForwarded(field: String, metric: String) throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\n\(field): 1\r\n\r\n")
    #expect(try stage.legacy.onlyRequest()[field].isEmpty)
    #expect(try Self.count(metric, "legacy", stage.proxy) == 0)
  }

  @Test("What a hard kill ends is no error of unified")
  func killed() throws {
    let gate = Gate()
    let stage = try Stage(unified: [.request, .wait(gate)], flags: Self.flags)
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\n\r\n")
    #expect(eventually { !stage.unified.sawNothing })
    #expect(try stage.proxy.command("kill", "--hard", "--reason", "test").status == .exited(0))
    #expect(try client.readResponse().status == 503)
    gate.open()
    #expect(try stage.proxy.metric("turnout_requests_killed_total") == 1)
    #expect(try Self.count("errors_total", "unified", stage.proxy) == 0)
  }
}
