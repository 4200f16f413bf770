/// The answer of `GET /api/v1/compare`: how unified stands to legacy. Shares are 0 ... 1, latencies milliseconds, times
/// RFC 3339. What cannot be said is null.
package struct ComparisonDocument: Codable, Sendable, Equatable {
  package var flag: String
  package var enabled: Bool
  package var percentage: Double
  package var revision: Int
  /// "stage": since the split was last changed; "since": a given time, which may span several stages.
  package var scope: String
  package var from: String
  package var to: String
  package var seconds: Double
  /// The latest last. Users are compared within each, never across them.
  package var stages: [Stage]
  /// Proxies whose traffic is in it, and those that are registered but have told nothing lately.
  package var proxies: Int
  package var silentProxies: [String]
  package var legacy: Figures
  package var unified: Figures
  package var guardrails: [GuardrailState]
  /// From how long on a request is slow, and one of the slowest, by the proxy that answers; in milliseconds. Null before
  /// there was enough of legacy.
  package var slow: Double?
  package var slowest: Double?
  package var sampleRatio: Ratio
  /// Of all guardrails: harmful when one is, safe when all are, else undecided.
  package var verdict: String
  /// All of it in plain words.
  package var sentence: String

  package struct Stage: Codable, Sendable, Equatable {
    package var from: String
    package var percentage: Double
    package var enabled: Bool
    package var revision: Int
    package var requests: UInt64

    package init(from: String, percentage: Double, enabled: Bool, revision: Int, requests: UInt64) {
      self.from = from
      self.percentage = percentage
      self.enabled = enabled
      self.revision = revision
      self.requests = requests
    }
  }

  /// One cohort. Rates, latencies and users are those of the compared requests.
  package struct Figures: Codable, Sendable, Equatable {
    /// Compared and left out.
    package var requests: UInt64 = 0
    /// Requests without a user key, or of users in the flag's lists: not in their cohort by chance.
    package var leftOut: UInt64 = 0
    package var users: Double = 0
    package var usersExact = true
    /// Of the compared requests.
    package var errors: UInt64 = 0
    package var errorRate: Double?
    /// Slower than legacy's p95.
    package var slowShare: Double?
    /// Slower than legacy's p99.
    package var slowestShare: Double?
    package var created: UInt64 = 0
    package var mean: Double?
    package var p50: Double?
    package var p90: Double?
    package var p95: Double?
    package var p99: Double?
    package var p999: Double?

    package init() {}

    enum CodingKeys: String, CodingKey {
      case requests, users, errors, created
      case leftOut = "left_out"
      case usersExact = "users_exact"
      case errorRate = "error_rate"
      case slowShare = "slow_share"
      case slowestShare = "slowest_share"
      case mean = "mean_ms"
      case p50 = "p50_ms"
      case p90 = "p90_ms"
      case p95 = "p95_ms"
      case p99 = "p99_ms"
      case p999 = "p999_ms"
    }
  }

  /// One guardrail. Of `mean_latency` everything is in milliseconds; of `conversations_created` the difference, its
  /// bounds and the margin are shares of legacy's; of the others all are shares.
  package struct GuardrailState: Codable, Sendable, Equatable {
    /// "error_rate", "slow_requests", "slowest_requests", "mean_latency" or "conversations_created".
    package var name: String
    package var legacy: Double?
    package var unified: Double?
    package var difference: Double?
    package var lower: Double?
    package var upper: Double?
    package var margin: Double
    /// "harmful", "safe" or "undecided".
    package var verdict: String
    /// "one_cohort_only", "few_requests", "few_users" or "nothing_measured".
    package var shortage: String?
    package var detectable: Double?
    package var secondsToVerdict: Double?

    package init(name: String, margin: Double, verdict: String) {
      self.name = name
      self.margin = margin
      self.verdict = verdict
    }

    enum CodingKeys: String, CodingKey {
      case name, legacy, unified, difference, lower, upper, margin, verdict, shortage, detectable
      case secondsToVerdict = "seconds_to_verdict"
    }
  }

  /// Users seen against the percentage.
  package struct Ratio: Codable, Sendable, Equatable {
    /// The share of unified that the percentage stands for.
    package var expected: Double
    /// The share of unified among the users seen; null without any.
    package var seen: Double?
    package var p: Double?
    package var checked: Bool
    /// The split itself is off, and comparisons are not to be trusted.
    package var off: Bool

    package init(expected: Double, seen: Double?, p: Double?, checked: Bool, off: Bool) {
      self.expected = expected
      self.seen = seen
      self.p = p
      self.checked = checked
      self.off = off
    }
  }

  package init(
    flag: String, enabled: Bool, percentage: Double, revision: Int, scope: String, from: String, to: String,
    seconds: Double, stages: [Stage], proxies: Int, silentProxies: [String], legacy: Figures, unified: Figures,
    guardrails: [GuardrailState], sampleRatio: Ratio, verdict: String, sentence: String
  ) {
    self.flag = flag
    self.enabled = enabled
    self.percentage = percentage
    self.revision = revision
    self.scope = scope
    self.from = from
    self.to = to
    self.seconds = seconds
    self.stages = stages
    self.proxies = proxies
    self.silentProxies = silentProxies
    self.legacy = legacy
    self.unified = unified
    self.guardrails = guardrails
    self.sampleRatio = sampleRatio
    self.verdict = verdict
    self.sentence = sentence
  }

  enum CodingKeys: String, CodingKey {
    case flag, enabled, percentage, revision, scope, from, to, seconds, stages, proxies, legacy, unified, guardrails
    case verdict, sentence
    case silentProxies = "silent_proxies"
    case slow = "slow_ms"
    case slowest = "slowest_ms"
    case sampleRatio = "sample_ratio"
  }
}
