import Admin

/// A comparison in which unified has more errors, and one of nothing at all.
enum ComparisonFixture {
  static let harmful: ComparisonDocument = {
    var document = empty
    (document.stages[0].requests, document.proxies) = (137_173, 3)
    document.legacy = figures(requests: 123_456, users: 9_012, errors: 148, milliseconds: 12.3)
    document.unified = figures(requests: 13_717, users: 1_001, errors: 74, milliseconds: 14.8)
    document.guardrails = [
      state("error_rate", 0.0012, 0.0054, (0.0042, 0.0018, 0.0066), margin: 0.001, "harmful"),
      state("slow_requests", 0.05, 0.0512, (0.0012, -0.0031, 0.0055), margin: 0.005, "undecided"),
      state("slowest_requests", 0.0102, 0.0099, (-0.0003, -0.0041, 0.0035), margin: 0.005, "safe"),
      state("mean_latency", 12.3, 14.8, (2.5, -1.2, 6.2), margin: 100, "safe"),
      state("conversations_created", 0.0324, 0.0299, (-0.077, -0.15, -0.004), margin: 0.2, "safe"),
    ]
    document.guardrails[1].detectable = 0.0081
    document.guardrails[1].secondsToVerdict = 7_300
    document.sampleRatio = .init(expected: 0.1, seen: 0.1, p: 0.9, checked: true, off: false)
    (document.slow, document.slowest) = (37.9, 88.3)
    document.verdict = "harmful"
    document.sentence =
      "Unified's error rate is higher by 0.42 points (0.18 to 0.66): harmful. `turnout kill` rolls back."
    return document
  }()

  static let empty: ComparisonDocument = {
    let names = ["error_rate", "slow_requests", "slowest_requests", "mean_latency", "conversations_created"]
    return ComparisonDocument(
      flag: "UNIFIED_CONVERSATION_ENABLED", enabled: true, percentage: 10, revision: 4, scope: "stage",
      from: "2026-03-01T07:35:00Z", to: "2026-03-01T09:40:00Z", seconds: 7_500,
      stages: [.init(from: "2026-03-01T07:35:00Z", percentage: 10, enabled: true, revision: 4, requests: 0)],
      proxies: 1, silentProxies: [], legacy: .init(), unified: .init(),
      guardrails: names.map { name in
        var state = ComparisonDocument.GuardrailState(name: name, margin: 0.001, verdict: "undecided")
        state.shortage = "one_cohort_only"
        return state
      }, sampleRatio: .init(expected: 0.1, seen: nil, p: nil, checked: false, off: false), verdict: "undecided",
      sentence: "There is nothing to compare yet.")
  }()

  /// Every number as large, and every text as long and as hostile, as it may come.
  static let extreme: ComparisonDocument = {
    var document = harmful
    document.flag = String(repeating: "LONG_NAME_", count: 13)
    (document.enabled, document.percentage, document.revision) = (false, 99.999, .max)
    (document.scope, document.seconds) = ("since", 1e300)
    document.stages = [5, 10, 20, 30, 50, 75].map { percentage in
      .init(from: "x", percentage: percentage, enabled: percentage != 20, revision: 1, requests: 1)
    }
    document.proxies = 1_000_000
    document.silentProxies = (1...9).map { "edge-\($0)\u{1B}[2J" + String(repeating: "界", count: 40) }
    document.legacy = figures(requests: 1_000_000_000_000, users: 1e12, errors: .max, milliseconds: 1e300)
    document.unified = figures(requests: .max, users: 123_456_789, errors: 1, milliseconds: -1e15)
    document.legacy.usersExact = false
    (document.legacy.leftOut, document.unified.leftOut) = (.max, 1)
    for index in document.guardrails.indices {
      document.guardrails[index].difference = 1e300
      document.guardrails[index].lower = -1e300
      document.guardrails[index].upper = .greatestFiniteMagnitude
      document.guardrails[index].margin = 1e300
      document.guardrails[index].secondsToVerdict = .infinity
      document.guardrails[index].verdict = String(repeating: "w", count: 99)
    }
    (document.slow, document.slowest) = (1e300, -1e300)
    document.sampleRatio = .init(expected: 0.1, seen: 1e300, p: 0, checked: true, off: true)
    document.sentence = String(repeating: "word\u{7} ", count: 60) + String(repeating: "x", count: 300)
    return document
  }()

  private static func figures(
    requests: UInt64, users: Double, errors: UInt64, milliseconds: Double
  ) -> ComparisonDocument.Figures {
    var figures = ComparisonDocument.Figures()
    (figures.requests, figures.users, figures.errors, figures.created) = (requests, users, errors, 400)
    figures.errorRate = Double(errors) / Double(requests)
    (figures.mean, figures.p50, figures.p90) = (milliseconds, milliseconds * 0.8, milliseconds * 2)
    (figures.p95, figures.p99, figures.p999) = (milliseconds * 3, milliseconds * 7.1, milliseconds * 20)
    return figures
  }

  private static func state(
    _ name: String, _ legacy: Double, _ unified: Double, _ bounds: (Double, Double, Double), margin: Double,
    _ verdict: String
  ) -> ComparisonDocument.GuardrailState {
    var state = ComparisonDocument.GuardrailState(name: name, margin: margin, verdict: verdict)
    (state.legacy, state.unified) = (legacy, unified)
    (state.difference, state.lower, state.upper) = bounds
    return state
  }
}
