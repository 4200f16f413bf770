internal import Bytes
internal import Flags
internal import Statistics

/// A comparison as one sentence, below the table of `turnout compare` and at the top of the dashboard.
///
/// It states the most important fact: harm, else a wrong split, else what is missing for a verdict. The verdict itself is
/// made by `Comparison` in Statistics.
struct ComparisonSentence {
  private let flag: Flag
  private let strata: [Stratum]
  private let comparison: Comparison
  private let settings: GuardrailSettings
  /// Whether a local kill overrides the store.
  private let isKilledLocally: Bool

  init(
    _ flag: Flag, _ strata: [Stratum], _ comparison: Comparison, _ settings: GuardrailSettings,
    isKilledLocally: Bool = false
  ) {
    self.flag = flag
    self.isKilledLocally = isKilledLocally
    self.strata = strata
    self.comparison = comparison
    self.settings = settings
  }

  var text: String {
    let harmful = comparison.assessments.filter { $0.verdict == .harmful }
    if !harmful.isEmpty { return "Unified's \(list(harmful.map(difference))): harmful. \(wayBack)" }
    if comparison.sampleRatio.isOff { return splitIsOff }
    if !strata.contains(where: \.isSplit) { return oneSided }
    return comparison.verdict == .safe ? "No difference beyond the margins: safe to go on." : undecided
  }

  private var wayBack: String {
    guard flag.isEnabled else { return "The flag is already killed\(isKilledLocally ? " on this proxy" : "")." }
    return "`turnout kill\(flag.name == Flag.standardName ? "" : " --flag \(flag.name)")` rolls back."
  }

  private func list(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", its ") + " and its " + last
  }

  // MARK: Harm

  /// "error rate is higher by 0.42 points (0.18 to 0.66)"
  private func difference(_ assessment: Assessment) -> String {
    let measure = assessment.measure
    let sign = measure.isWorseAbove ? 1.0 : -1
    let amount = { (value: Double?) in measure.text(sign * (value ?? 0)) }
    let bounds = measure.isWorseAbove ? (assessment.lower, assessment.upper) : (assessment.upper, assessment.lower)
    return "\(measure.words) \(measure.isWorseAbove ? "higher" : "lower") by \(amount(assessment.difference))"
      + " \(measure.unit) (\(amount(bounds.0)) to \(amount(bounds.1)))"
  }

  // MARK: Nothing to compare

  /// `12.3 %`, `1.23 %`
  private static func percent(_ share: Double) -> String {
    NumberText.decimal(share * 100, atMost: share < 0.1 ? 2 : 1) + " %"
  }

  private var splitIsOff: String {
    let ratio = comparison.sampleRatio
    let seen = Double(ratio.unified) / Double(max(1, ratio.legacy + ratio.unified))
    return "The split is off: \(Self.percent(seen)) of the users seen are in unified, \(Self.percent(ratio.expected)) "
      + "expected. Something besides the flag decides which users are seen (missing user keys, a cache in front, bots), "
      + "so there is no verdict."
  }

  private var oneSided: String {
    if isKilledLocally {
      return "This proxy is killed locally and sends everyone to legacy, whatever the store says: there is nothing to "
        + "compare. `turnout restore --local` ends that; `turnout compare --since 15m` shows the time before."
    }
    if !flag.isEnabled {
      return "The flag is killed and everyone goes to legacy: there is nothing to compare. "
        + "`turnout compare --since 15m` shows the time before."
    }
    let (side, others) = flag.percentage == .full ? ("unified", flag.deny) : ("legacy", flag.allow)
    let everyone = others.isEmpty ? "everyone" : "everyone except \(NumberText.count(others.count)) listed users"
    return "The flag is at \(flag.percentage) % and \(everyone) goes to \(side): there is nothing to compare."
  }

  // MARK: Undecided

  private var undecided: String {
    let open = comparison.assessments.filter { $0.verdict == .undecided && !$0.isUnmeasurable }
    if let short = open.first(where: { $0.shortage != nil }), let shortage = short.shortage {
      return "Undecided: \(reason(shortage))."
    }
    // The guardrail that takes longest; an unknown time counts as longest.
    guard let slowest = open.max(by: { ($0.secondsToVerdict ?? .infinity) < ($1.secondsToVerdict ?? .infinity) }) else {
      return "Undecided."
    }
    let measure = slowest.measure
    let shown = slowest.detectable.map { detectable in
      "\(NumberText.count(requests)) requests so far show differences of \(measure.text(detectable)) \(measure.unit) or more"
    }
    return "Undecided: \(shown ?? "\(NumberText.count(requests)) requests so far"); " + time(slowest)
  }

  private func time(_ assessment: Assessment) -> String {
    guard let seconds = assessment.secondsToVerdict else {
      return "at the present difference, no amount of traffic brings a verdict on \(assessment.measure.name)."
    }
    return "a verdict on \(assessment.measure.name) takes \(NumberText.about(seconds: seconds)) more at this traffic."
  }

  private func reason(_ shortage: Shortage) -> String {
    let (legacy, unified) = (compared(\.legacy), compared(\.unified))
    switch shortage {
    case .oneCohortOnly:
      if legacy == 0, unified == 0, leftOut > 0 {
        return
          "none of \(NumberText.count(leftOut)) requests can be compared, because none has a user key that the percentage "
          + "placed. If requests should have one, check `user_key` in turnout.yaml: it says where the proxy reads the key"
      }
      if legacy == 0, unified == 0 { return "no requests so far" }
      return "no requests to \(unified == 0 ? "unified" : "legacy") that can be compared so far"
    case .fewRequests:
      return "\(NumberText.count(legacy)) requests to legacy and \(NumberText.count(unified)) to unified so far; "
        + "each needs \(NumberText.count(settings.minimumRequests))"
    case .fewUsers: return "too few users so far; each cohort needs about \(NumberText.count(settings.minimumClusters))"
    case .nothingMeasured, .notReported:
      return "the threshold for slow requests is not known yet; it takes 200 requests to legacy within 15 minutes"
    }
  }

  private func compared(_ cohort: KeyPath<Tally, CohortTally>) -> UInt64 {
    strata.reduce(0) { $0 &+ $1.tally[keyPath: cohort].clusters.total(.requests) }
  }

  private var leftOut: UInt64 { strata.reduce(0) { $0 &+ $1.tally.legacy.leftOut &+ $1.tally.unified.leftOut } }

  private var requests: UInt64 { compared(\.legacy) &+ compared(\.unified) }
}

extension Measure {
  fileprivate var name: String {
    switch self {
    case .errorRate: "the error rate"
    case .slowRequests: "slow requests"
    case .slowestRequests: "the slowest requests"
    case .meanLatency: "the mean latency"
    case .conversationsCreated: "conversations created"
    }
  }

  /// The subject of "higher" or "lower".
  fileprivate var words: String {
    switch self {
    case .errorRate: "error rate is"
    case .slowRequests: "share of slow requests is"
    case .slowestRequests: "share of slowest requests (beyond legacy's p99) is"
    case .meanLatency: "mean latency is"
    case .conversationsCreated: "rate of conversations created is"
    }
  }

  fileprivate var unit: String {
    switch self {
    case .errorRate, .slowRequests, .slowestRequests: "points"
    case .meanLatency: "ms"
    case .conversationsCreated: "%"
    }
  }

  fileprivate func text(_ value: Double) -> String {
    switch self {
    case .errorRate, .slowRequests, .slowestRequests: NumberText.decimal(value * 100, atMost: 2)
    case .meanLatency: NumberText.decimal(value / 1e6, atMost: 1)
    case .conversationsCreated: NumberText.decimal(value * 100, atMost: 1)
    }
  }
}
