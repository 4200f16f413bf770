internal import FoundationEssentials
package import HTTPClient
internal import Reactor

/// Whether what happens will be seen: the proxy's metrics, Prometheus with its rules, Grafana.
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

  package var all: [Check] {
    let prometheusCheck =
      prometheus.map { place in
        Check("Prometheus") { limit throws(CheckFault) in try scraping(place, limit) }
      }
      ?? Check("Prometheus") { _ in .notAsked("not asked", advice: "Give --prometheus http://HOST:9090.") }
    let grafanaCheck =
      grafana.map { place in Check("Grafana") { limit throws(CheckFault) in try health(place, limit) } }
      ?? Check("Grafana") { _ in .notAsked("not asked", advice: "Give --grafana http://HOST:3000.") }
    return [Check("Metrics") { limit throws(CheckFault) in try metrics(limit) }, prometheusCheck, grafanaCheck]
  }

  private func get(
    _ target: String, from place: HTTPEndpoint, _ limit: TimeLimit, _ advice: String
  ) throws(CheckFault) -> String {
    do throws(HTTPError) {
      return try place.get(target, timeout: .nanoseconds(clamping: limit.atMost(5_000_000_000)))
    } catch { throw CheckFault("\(place): \(error)", advice: advice) }
  }

  // MARK: The proxy

  /// What the guide's four alarms are made of.
  static let families = [
    "turnout_requests_total", "turnout_errors_total", "turnout_request_duration_seconds_count",
    "turnout_conversations_created_total",
  ]

  private func metrics(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let text = try get(
      "/metrics", from: admin, limit, "Start turnout serve, or give its admin port with --admin HOST:PORT.")
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let missing = Self.families.filter { family in
      !lines.contains { $0.hasPrefix(family + "{") && $0.contains("flag=\"\(flag)\"") }
    }
    guard missing.isEmpty else {
      return .fail(
        "\(admin)/metrics has no \(missing.joined(separator: ", ")) of \(flag)",
        advice: "Add a route with flag: \(flag) to turnout.yaml, or say with --flag which one is meant.")
    }
    guard lines.contains(where: { $0.hasPrefix("turnout_contexts_redis_used_memory_bytes ") }) else {
      return .warn(
        "\(admin)/metrics has the flag's families, and not the memory of the contexts' Redis",
        advice: "The alarm of memory needs it: name that Redis in turnout.yaml (contexts.redis).")
    }
    return .pass("\(admin)/metrics has the flag's families and Redis' memory")
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

  /// The guide's four, by their names in deploy/prometheus.
  static let alarms = [
    "TurnoutUnifiedErrors", "TurnoutUnifiedSlowMean", "TurnoutUnifiedCreatesFewer", "TurnoutContextsMemory",
  ]

  private func scraping(_ place: HTTPEndpoint, _ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let advice = "Check that Prometheus runs there, and the address that --prometheus gives."
    let targets: Targets = try decode("/api/v1/targets?state=active", place, limit, advice)
    // Its job's name begins with turnout, by which the rules know it.
    let ours = targets.data.activeTargets.filter {
      $0.labels["job"]?.hasPrefix("turnout") == true || $0.scrapeUrl.contains("//\(admin.authority)/")
    }
    guard !ours.isEmpty else {
      return .fail(
        "\(place) scrapes no proxy", advice: "Add a job whose name begins with turnout: see deploy/prometheus.")
    }
    if let down = ours.first(where: { $0.health != "up" }) {
      return .fail(
        "\(place): \(down.scrapeUrl) is \(down.health)\(down.lastError.isEmpty ? "" : ": \(down.lastError)")",
        advice: down.health == "unknown"
          ? "It was not scraped yet: try again in a minute." : "Make that port reachable for Prometheus.")
    }
    let rules: Rules = try decode("/api/v1/rules", place, limit, advice)
    let all = rules.data.groups.flatMap(\.rules)
    let missing = Self.alarms.filter { alarm in !all.contains { $0.name == alarm } }
    guard missing.isEmpty else {
      return .fail(
        "\(place) has no rule \(missing.joined(separator: ", "))",
        advice: "Load deploy/prometheus/turnout.rules.yml with rule_files.")
    }
    if let bad = all.first(where: { Self.alarms.contains($0.name) && $0.health == "err" }) {
      return .fail("\(place): rule \(bad.name): \(bad.lastError ?? "err")", advice: "Load the rules of this version.")
    }
    let proxies = ours.count == 1 ? "1 proxy" : "\(ours.count) proxies"
    return .pass("\(place) scrapes \(proxies), and has the guide's alarms")
  }

  private func decode<Value: Decodable>(
    _ target: String, _ place: HTTPEndpoint, _ limit: TimeLimit, _ advice: String
  ) throws(CheckFault) -> Value {
    let text = try get(target, from: place, limit, advice)
    guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
      throw CheckFault("what answers at \(place) is no Prometheus", advice: advice)
    }
    return value
  }

  // MARK: Grafana

  private func health(_ place: HTTPEndpoint, _ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    struct Health: Decodable {
      let database: String
      let version: String?
    }
    let advice = "Check that Grafana runs there, and the address that --grafana gives."
    let text = try get("/api/health", from: place, limit, advice)
    guard let health = try? JSONDecoder().decode(Health.self, from: Data(text.utf8)) else {
      return .fail("what answers at \(place) is no Grafana", advice: advice)
    }
    guard health.database == "ok" else {
      return .fail("\(place): its database is \(health.database)", advice: "Look into the log of Grafana.")
    }
    return .pass("\(place)\(health.version.map { ", version \($0)" } ?? "")")
  }
}
