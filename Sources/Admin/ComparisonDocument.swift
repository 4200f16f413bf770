internal import CohortWindows
internal import FlagStore
internal import Flags
internal import Statistics

/// The document of `GET /api/v1/compare`: unified compared with legacy. Shares are 0 ... 1, latencies milliseconds, times
/// RFC 3339. Unknown values are left out. `Comparison` in Statistics makes the verdict.
package struct ComparisonDocument: Codable, Sendable, Equatable {
  package var flag: String
  package var enabled: Bool
  package var percentage: Double
  package var revision: Int
  /// "stage": since the last change of the split; "since": a given period, which may span several stages.
  package var scope: String
  package var from: String
  package var to: String
  package var seconds: Double
  /// The latest last. Users are compared within stages, never across.
  package var stages: [Stage]
  /// Proxies whose traffic is included, and registered proxies that have published nothing lately.
  package var proxies: Int
  package var silentProxies: [String]
  package var legacy: Figures
  package var unified: Figures
  package var guardrails: [GuardrailState]
  /// The latency thresholds of the proxy that answers, in milliseconds; nil before legacy has enough requests.
  package var slow: Double?
  package var slowest: Double?
  package var sampleRatio: Ratio
  /// Over all guardrails: harmful when one is, safe when all are, else undecided.
  package var verdict: String
  /// `ComparisonSentence`.
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
    /// Compared requests and those left out.
    package var requests: UInt64 = 0
    /// Requests without a user key or of users in the flag's lists: not in their cohort by chance.
    package var leftOut: UInt64 = 0
    package var users: Double = 0
    package var usersExact = true
    /// Failed requests among the compared ones.
    package var errors: UInt64 = 0
    package var errorRate: Double?
    /// Slower than the threshold of legacy's p95.
    package var slowShare: Double?
    /// Slower than the threshold of legacy's p99.
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

  /// One guardrail. For `mean_latency` all values are milliseconds. For `conversations_created` the difference, its bounds
  /// and the margin are relative to legacy. For the others all values are shares.
  package struct GuardrailState: Codable, Sendable, Equatable {
    /// "error_rate", "slow_requests", "slowest_requests", "mean_latency" or "conversations_created".
    package var name: String
    package var legacy: Double?
    package var unified: Double?
    package var difference: Double?
    package var lower: Double?
    package var upper: Double?
    package var margin: Double
    /// "harmful", "safe", "undecided", or "absent" where the servers do not report what it judges.
    package var verdict: String
    /// "one_cohort_only", "few_requests", "few_users", "nothing_measured" or "not_reported".
    package var shortage: String?
    /// How to have an absent guardrail: a sentence for people; nil for the others.
    package var advice: String?
    package var detectable: Double?
    package var secondsToVerdict: Double?

    package init(name: String, margin: Double, verdict: String) {
      self.name = name
      self.margin = margin
      self.verdict = verdict
    }

    enum CodingKeys: String, CodingKey {
      case name, legacy, unified, difference, lower, upper, margin, verdict, shortage, advice, detectable
      case secondsToVerdict = "seconds_to_verdict"
    }
  }

  /// The split of the users seen, against the percentage.
  package struct Ratio: Codable, Sendable, Equatable {
    /// The share of unified by the percentage.
    package var expected: Double
    /// The share of unified among the users seen; nil without users.
    package var seen: Double?
    package var p: Double?
    package var checked: Bool
    /// Whether the split differs from the percentage, so that comparisons cannot be trusted.
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

extension ComparisonDocument {
  init(_ period: PeriodTotals, _ scope: Scope, _ settings: GuardrailSettings, isKilledLocally: Bool = false) {
    let strata = period.parts.map { Stratum(share: $0.stage.split.share, tally: $0.tally) }
    let seconds = Double(max(0, period.to - period.from)) / 1_000
    let comparison = Comparison.of(strata: strata, settings: settings, elapsedSeconds: seconds)
    let (total, flag) = (period.total, period.flag)
    self.init(
      flag: flag.name, enabled: flag.isEnabled, percentage: flag.percentage.number, revision: flag.revision,
      scope: scope == .stage ? "stage" : "since", from: Self.text(period.from), to: Self.text(period.to),
      seconds: seconds, stages: period.parts.map(Stage.init), proxies: period.proxies,
      silentProxies: period.silentProxies,
      legacy: Figures(total.legacy, total.users, cohort: 0), unified: Figures(total.unified, total.users, cohort: 1),
      guardrails: comparison.assessments.map(GuardrailState.init), sampleRatio: Ratio(comparison.sampleRatio),
      verdict: comparison.verdict.rawValue,
      sentence: ComparisonSentence(flag, strata, comparison, settings, isKilledLocally: isKilledLocally).text)
    slow = period.thresholds.map { Double($0.slow) / 1e6 }
    slowest = period.thresholds.map { Double($0.slowest) / 1e6 }
  }

  fileprivate static func text(_ milliseconds: Int) -> String { Timestamp.text(seconds: milliseconds / 1_000) }
}

extension ComparisonDocument.Stage {
  fileprivate init(_ part: PeriodTotals.Part) {
    self.init(
      from: ComparisonDocument.text(part.from), percentage: part.stage.split.percentage.number,
      enabled: part.stage.split.isEnabled, revision: part.stage.revision,
      requests: part.tally.legacy.requests &+ part.tally.unified.requests)
  }
}

extension ComparisonDocument.Figures {
  fileprivate init(_ tally: CohortTally, _ users: UserSample, cohort: Int) {
    self.init()
    let clusters = tally.clusters
    let compared = clusters.total(.requests)
    requests = tally.requests
    leftOut = tally.leftOut
    self.users = users.estimate(cohort: cohort)
    usersExact = users.isExact
    errors = clusters.total(.errors)
    created = clusters.total(.created)
    errorRate = Self.share(errors, of: compared)
    slowShare = Self.share(clusters.total(.slow), of: clusters.total(.judged))
    slowestShare = Self.share(clusters.total(.slowest), of: clusters.total(.judged))
    let quantile = { tally.durations.quantile($0).map { $0 / 1e6 } }
    mean = tally.durations.mean.map { $0 / 1e6 }
    (p50, p90, p95, p99, p999) = (quantile(0.5), quantile(0.9), quantile(0.95), quantile(0.99), quantile(0.999))
  }

  private static func share(_ part: UInt64, of whole: UInt64) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }
}

extension ComparisonDocument.GuardrailState {
  private static let absence =
    "No response has had X-Turnout-Created: 1. To have this guardrail, let the servers add this header to the response "
    + "that begins a conversation. Without it, turnout inspect reads from Redis how many begin."

  fileprivate init(_ assessment: Assessment) {
    // Nanoseconds become milliseconds.
    let unit = assessment.measure == .meanLatency ? 1e6 : 1
    self.init(
      name: assessment.measure.rawValue, margin: assessment.margin / unit, verdict: assessment.verdict.rawValue)
    legacy = assessment.legacy.map { $0 / unit }
    unified = assessment.unified.map { $0 / unit }
    difference = assessment.difference.map { $0 / unit }
    lower = assessment.lower.map { $0 / unit }
    upper = assessment.upper.map { $0 / unit }
    detectable = assessment.detectable.map { $0 / unit }
    shortage = assessment.shortage?.rawValue
    if assessment.verdict == .absent { advice = Self.absence }
    secondsToVerdict = assessment.secondsToVerdict
  }
}

extension ComparisonDocument.Ratio {
  fileprivate init(_ ratio: SampleRatio) {
    let users = ratio.legacy + ratio.unified
    self.init(
      expected: ratio.expected, seen: users == 0 ? nil : Double(ratio.unified) / Double(users),
      p: users == 0 ? nil : ratio.p, checked: ratio.isChecked, off: ratio.isOff)
  }
}
