internal import CohortWindows
internal import FlagStore
internal import Flags
internal import Statistics

extension ComparisonDocument {
  init(_ measured: Measured, _ scope: Scope, _ settings: GuardrailSettings, isKilledLocally: Bool = false) {
    let strata = measured.parts.map { Stratum(share: $0.stage.split.share, tally: $0.tally) }
    let seconds = Double(max(0, measured.to - measured.from)) / 1_000
    let comparison = Comparison.of(strata: strata, settings: settings, elapsedSeconds: seconds)
    let (total, flag) = (measured.total, measured.flag)
    self.init(
      flag: flag.name, enabled: flag.isEnabled, percentage: flag.percentage.number, revision: flag.revision,
      scope: scope == .stage ? "stage" : "since", from: Self.text(measured.from), to: Self.text(measured.to),
      seconds: seconds, stages: measured.parts.map(Stage.init), proxies: measured.proxies,
      silentProxies: measured.silentProxies,
      legacy: Figures(total.legacy, total.users, cohort: 0), unified: Figures(total.unified, total.users, cohort: 1),
      guardrails: comparison.assessments.map(GuardrailState.init), sampleRatio: Ratio(comparison.sampleRatio),
      verdict: comparison.verdict.rawValue,
      sentence: ComparisonSentence(flag, strata, comparison, settings, isKilledLocally: isKilledLocally).text)
    slow = measured.reference.map { Double($0.slow) / 1e6 }
    slowest = measured.reference.map { Double($0.slowest) / 1e6 }
  }

  fileprivate static func text(_ milliseconds: Int) -> String { Timestamp.text(seconds: milliseconds / 1_000) }
}

extension ComparisonDocument.Stage {
  fileprivate init(_ part: Measured.Part) {
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
  fileprivate init(_ assessment: Assessment) {
    // Nanoseconds are told as milliseconds.
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
