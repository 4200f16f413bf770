import TestSupport
import Testing

@Suite("Operators move users while traffic flows", .ownThread)
struct OperatorTests {
  private static let users = (0..<50).map { "user-\($0)" }

  @Test("10, 50, 100, kill, restore: no failed request, and what a command says is in force is")
  func rollout() throws {
    let stage = try Stage(flags: #"{ "UNIFIED_CONVERSATION_ENABLED": 10 }"#, workers: 2)
    let load = Load(stage.proxy.port, users: Self.users)
    let client = try stage.client()
    func unifiedUsers() throws -> Int { try Self.users.filter { try client.get(user: $0).text == "unified" }.count }
    let few = try unifiedUsers()
    #expect(try stage.proxy.command("set", "50").status == .exited(0))
    let half = try unifiedUsers()
    #expect(few < half)
    #expect(half < Self.users.count)
    #expect(try stage.proxy.command("set", "100", "--reason", "all is well").status == .exited(0))
    #expect(try unifiedUsers() == Self.users.count)
    #expect(try stage.proxy.command("kill", "--reason", "errors").status == .exited(0))
    _ = load.take()
    #expect(try unifiedUsers() == 0)
    pause(.milliseconds(200))
    let killed = load.take()
    #expect(killed.count("unified") { _ in true } <= 4, "at most those in flight: \(killed)")
    #expect(try stage.proxy.command("restore").status == .exited(0))
    #expect(try unifiedUsers() == Self.users.count)
    let all = load.stop()
    for tally in [killed, all] { #expect(tally.strays == 0 && tally.broken == 0, "\(tally)") }
    #expect(killed.count("") { $0 != 200 } == 0)
    #expect(all.count("") { $0 != 200 } == 0)
  }

  @Test("status shows what was counted, and which where a user goes")
  func status() throws {
    let stage = try Stage()
    let client = try stage.client()
    for user in ["uma", "uma", "lena"] { _ = try client.get(user: user) }
    let (text, status) = try stage.proxy.command("status", "--json")
    #expect(status == .exited(0))
    #expect(text.contains("UNIFIED_CONVERSATION_ENABLED"))
    #expect(try stage.proxy.command("which", "uma").output.contains("unified"))
    #expect(try stage.proxy.command("which", "lena").output.contains("legacy"))
  }

  @Test("Requests, errors and answers of the proxy itself are counted where they belong")
  func counters() throws {
    let stage = try Stage(legacy: [.request, .send("nonsense\r\n\r\n"), .close])
    let client = try stage.client()
    _ = try client.get(user: "lena")
    for _ in 0..<3 { _ = try client.get(user: "uma") }
    _ = try client.get()
    try client.send("GET / HTTP/9.9\r\n\r\n")
    _ = try client.readResponse()
    let labels = "flag=\"UNIFIED_CONVERSATION_ENABLED\",cohort="
    let expected = [
      "turnout_requests_total{\(labels)\"unified\",status=\"2xx\"}": 3,
      "turnout_requests_total{\(labels)\"unified\",status=\"5xx\"}": 0,
      "turnout_requests_total{\(labels)\"legacy\",status=\"5xx\"}": 2,
      "turnout_upstream_errors_total{\(labels)\"legacy\",reason=\"bad_answer\"}": 2,
      "turnout_upstream_errors_total{\(labels)\"unified\",reason=\"bad_answer\"}": 0,
      "turnout_anonymous_requests_total{\(labels)\"legacy\"}": 1,
      "turnout_requests_in_flight{\(labels)\"legacy\"}": 0,
      "turnout_local_responses_total{status=\"502\",reason=\"malformed_status_line\"}": 2,
      "turnout_own_answers_total{status=\"505\",reason=\"unsupported_version\"}": 1,
    ]
    for (name, value) in expected { #expect(try stage.proxy.metric(name) == value, "\(name)") }
  }
}
