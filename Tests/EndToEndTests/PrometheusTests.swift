import Foundation
import TestSupport
import Testing

@Suite("A real Prometheus scrapes a proxy with users on both sides", .ownThread)
struct PrometheusTests {
  private static let created =
    "HTTP/1.1 200 OK\r\nX-Turnout-Created: 1\r\nX-Turnout-Context-Error: 1\r\nContent-Length: 2\r\n\r\nok"
  private static let failed = "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"

  private let stage: RedisStage
  private let prometheus: Prometheus
  private let client: WireConnection

  /// Everyone in legacy.
  init() throws {
    var options = RedisServerOptions()
    options.more = ["--maxmemory", "500mb"]
    let server = try RedisServer(options)
    let now = Int(Date().timeIntervalSince1970 * 1_000)
    try server.cli("SET", "chat:customer:42", "{\"user_id\":\"42\",\"state\":{},\"created_at\":\(now)}")
    stage = try RedisStage(
      server, value: "0", legacy: ScriptedUpstream(.answering(Self.created)),
      unified: ScriptedUpstream([.request, .send(Self.created), .request, .send(Self.failed), .again]),
      environment: ["REDIS_URL": server.address()])
    prometheus = try Prometheus(scraping: stage.proxy.adminPort)
    client = try stage.client()
  }

  /// One request of each of twenty users, and one that the proxy refuses. Gives how many went to each cohort.
  private func burst() throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for number in 0..<20 {
      let cohort = try client.get(user: "user-\(number)").head["X-Turnout-Cohort"].first ?? "none"
      counts[cohort, default: 0] += 1
    }
    #expect(try stage.client().ask("GET / HTTP/1.1\r\n\r\n").status == 400)
    return counts
  }

  @Test("every query of the dashboard has an answer, every rule is evaluated, and requests are counted to the last")
  func dashboard() throws {
    let dashboard = try Dashboard(flag: RedisStage.flag)
    #expect(dashboard.panelCount > 20)
    #expect(dashboard.choices.count == 3)
    #expect(dashboard.hiddenQueries.count == 1)
    for redis in ["redis", "contexts_redis"] {
      let baseline = "job:turnout_\(redis)_used_memory_bytes:baseline"
      #expect(try eventually(within: .seconds(20)) { try !prometheus.values(baseline).isEmpty }, "\(prometheus.log)")
    }
    try stage.set("50")
    try stage.expect(50)

    let rules = try prometheus.rules()
    let recorded = rules.filter { $0.type == "recording" }.map { (place: "rule", expression: $0.name) }
    var missing = dashboard.queries + recorded + dashboard.choices.map { (place: "variable", expression: $0) }
    #expect(recorded.count > 10)
    #expect(missing.count > 60)
    var counts: [String: Int] = [:]
    try eventually(within: .seconds(30)) {
      counts.merge(try burst(), uniquingKeysWith: +)
      missing = try missing.filter { try prometheus.values($0.expression).isEmpty }
      pause(.milliseconds(100))
      return missing.isEmpty
    }
    #expect(missing.isEmpty, "\(missing)")
    for query in dashboard.hiddenQueries { _ = try prometheus.values(query) }
    let sick = try prometheus.rules().filter { $0.health != "ok" || $0.lastError != nil }
    #expect(sick.isEmpty, "\(sick)")

    #expect(counts.keys.sorted() == ["legacy", "unified"])
    for (cohort, count) in counts {
      let expression = "sum(turnout_requests_total{flag=\"\(RedisStage.flag)\",cohort=\"\(cohort)\"})"
      try eventually { try prometheus.values(expression) == [Double(count)] }
      #expect(try prometheus.values(expression) == [Double(count)], "\(cohort)")
    }
  }

  @Test("what promtool and the documentation expect of metrics holds for all that the proxy says")
  func metrics() throws {
    _ = try burst()
    #expect(try eventually { try stage.proxy.metric("turnout_redis_used_memory_bytes") > 0 })
    #expect(try eventually { try stage.proxy.metric("turnout_context_keys{kind=\"legacy_customer\"}") == 1 })
    let text = try stage.proxy.admin("/metrics").text
    let judged = try Promtool.run(["check", "metrics"], input: text)
    #expect(judged.status == .exited(0), "\(judged.output)")
    #expect(judged.output.isEmpty, "\(judged.output)")
    // It finds faults where there are some.
    let faulty = try Promtool.run(["check", "metrics"], input: text + "# TYPE faulty counter\nfaulty 1\n")
    #expect(faulty.status == .exited(3), "\(faulty.output)")
    #expect(faulty.output.contains("faulty"), "\(faulty.output)")

    let told = Set(text.matches(of: /\n# TYPE (\w+)/).map { String($0.1) })
    let path = "\(Repository.root)/docs/metrics.md"
    let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
    let names = rows.flatMap { row in
      row.dropFirst(2).prefix { $0 != "|" }.matches(of: /`(\w+)(\{[a-z,]+\})?`/).map { String($0.1) }
    }
    #expect(Set(names).count == names.count, "each is described once")
    #expect(Set(names).symmetricDifference(told).isEmpty)

    // A metric that nobody counts would make an alert that never fires.
    let words = try String(contentsOfFile: Prometheus.rules, encoding: .utf8).matches(of: /[\w:]+/).map { String($0.0) }
    let used = words.filter { $0.contains(/^(turnout|process)_\w+$/) }.map {
      $0.replacing(/_(bucket|sum|count)$/, with: "")
    }
    #expect(used.count > 20, "\(Set(used).subtracting(told))")
    #expect(Set(used).subtracting(told).isEmpty, "\(Set(used).subtracting(told))")
  }
}
