internal import FoundationEssentials
package import HTTPClient
internal import Reactor

/// Whether the rollout is monitored: the proxy's metrics, Prometheus with its rules, Grafana.
package struct MonitoringChecks: Sendable {
  package var admin: HTTPEndpoint
  package var flag: String
  package var prometheus: HTTPEndpoint?
  package var grafana: HTTPEndpoint?

  package init(admin: HTTPEndpoint, flag: String, prometheus: HTTPEndpoint?, grafana: HTTPEndpoint?) {
    self.admin = admin
    self.flag = flag
    self.prometheus = prometheus
    self.grafana = grafana
  }

  package var all: [DiagnosticCheck] {
    let prometheusCheck =
      prometheus.map { endpoint in
        DiagnosticCheck("Prometheus") { deadline throws(CheckError) in try scraping(endpoint, deadline) }
      }
      ?? DiagnosticCheck("Prometheus") { _ in .notAsked("not asked", advice: "Give --prometheus http://HOST:9090.") }
    let grafanaCheck =
      grafana.map { endpoint in
        DiagnosticCheck("Grafana") { deadline throws(CheckError) in try health(endpoint, deadline) }
      }
      ?? DiagnosticCheck("Grafana") { _ in .notAsked("not asked", advice: "Give --grafana http://HOST:3000.") }
    return [
      DiagnosticCheck("Metrics") { deadline throws(CheckError) in try metrics(deadline) }, prometheusCheck,
      grafanaCheck,
    ]
  }

  private func get(
    _ target: String, from endpoint: HTTPEndpoint, _ deadline: Deadline, _ advice: String
  ) throws(CheckError) -> String {
    do throws(HTTPError) {
      return try endpoint.get(
        target, timeout: deadline.atMost(.seconds(5)).remaining)
    } catch { throw CheckError("\(endpoint): \(error)", advice: advice) }
  }

  // MARK: The proxy

  /// The families that the guide's four alarms use.
  static let families = [
    "turnout_requests_total", "turnout_errors_total", "turnout_request_duration_seconds_count",
    "turnout_conversations_created_total",
  ]

  private func metrics(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let text = try get(
      "/metrics", from: admin, deadline, "Start turnout serve, or give its admin port with --admin HOST:PORT.")
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let missing = Self.families.filter { family in
      !lines.contains { $0.hasPrefix(family + "{") && $0.contains("flag=\"\(flag)\"") }
    }
    guard missing.isEmpty else {
      return .fail(
        "\(admin)/metrics has no \(missing.joined(separator: ", ")) of \(flag)",
        advice: "Add a route with flag: \(flag) to turnout.yaml, or name another flag with --flag.")
    }
    guard lines.contains(where: { $0.hasPrefix("turnout_contexts_redis_used_memory_bytes ") }) else {
      return .warn(
        "\(admin)/metrics has the flag's families, but not the memory of the contexts' Redis",
        advice: "The memory alarm needs it: set contexts.redis in turnout.yaml.")
    }
    return .pass("\(admin)/metrics has the flag's families and the memory of Redis")
  }

  // MARK: Prometheus

  private struct Targets: Decodable {
    struct Content: Decodable { let activeTargets: [Target] }
    struct Target: Decodable {
      let scrapeUrl: String
      let health: String
      let lastError: String
      let labels: [String: String]
    }
    let data: Content
  }

  private struct Rules: Decodable {
    struct Content: Decodable { let groups: [Group] }
    struct Group: Decodable { let rules: [Rule] }
    struct Rule: Decodable {
      let name: String
      let health: String
      let lastError: String?
    }
    let data: Content
  }

  /// The guide's four alarms, by their names in deploy/prometheus.
  static let alarms = [
    "TurnoutUnifiedErrors", "TurnoutUnifiedSlowMean", "TurnoutUnifiedCreatesFewer", "TurnoutContextsMemory",
  ]

  private func scraping(_ endpoint: HTTPEndpoint, _ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let advice = "Check that Prometheus runs there, and the address that --prometheus gives."
    let targets: Targets = try decode("/api/v1/targets?state=active", endpoint, deadline, advice)
    // The rules select jobs whose names begin with turnout.
    let ours = targets.data.activeTargets.filter {
      $0.labels["job"]?.hasPrefix("turnout") == true || $0.scrapeUrl.contains("//\(admin.authority)/")
    }
    guard !ours.isEmpty else {
      return .fail(
        "\(endpoint) scrapes no proxy", advice: "Add a job whose name begins with turnout: see deploy/prometheus.")
    }
    if let down = ours.first(where: { $0.health != "up" }) {
      return .fail(
        "\(endpoint): \(down.scrapeUrl) is \(down.health)\(down.lastError.isEmpty ? "" : ": \(down.lastError)")",
        advice: down.health == "unknown"
          ? "It has not been scraped yet: try again in a minute." : "Make that port reachable for Prometheus.")
    }
    let rules: Rules = try decode("/api/v1/rules", endpoint, deadline, advice)
    let all = rules.data.groups.flatMap(\.rules)
    let missing = Self.alarms.filter { alarm in !all.contains { $0.name == alarm } }
    guard missing.isEmpty else {
      return .fail(
        "\(endpoint) has no rule \(missing.joined(separator: ", "))",
        advice: "Load deploy/prometheus/turnout.rules.yml with rule_files.")
    }
    if let bad = all.first(where: { Self.alarms.contains($0.name) && $0.health == "err" }) {
      return .fail(
        "\(endpoint): rule \(bad.name): \(bad.lastError ?? "err")", advice: "Load the rules of this version.")
    }
    let proxies = ours.count == 1 ? "1 proxy" : "\(ours.count) proxies"
    return .pass("\(endpoint) scrapes \(proxies), and has the guide's alarms")
  }

  private func decode<Value: Decodable>(
    _ target: String, _ endpoint: HTTPEndpoint, _ deadline: Deadline, _ advice: String
  ) throws(CheckError) -> Value {
    let text = try get(target, from: endpoint, deadline, advice)
    guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
      throw CheckError("\(endpoint) is not a Prometheus server", advice: advice)
    }
    return value
  }

  // MARK: Grafana

  private func health(_ endpoint: HTTPEndpoint, _ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    struct Health: Decodable {
      let database: String
      let version: String?
    }
    let advice = "Check that Grafana runs there, and the address that --grafana gives."
    let text = try get("/api/health", from: endpoint, deadline, advice)
    guard let health = try? JSONDecoder().decode(Health.self, from: Data(text.utf8)) else {
      return .fail("\(endpoint) is not a Grafana server", advice: advice)
    }
    guard health.database == "ok" else {
      return .fail("\(endpoint): its database is \(health.database)", advice: "See the log of Grafana.")
    }
    return .pass("\(endpoint)\(health.version.map { ", version \($0)" } ?? "")")
  }
}
