internal import Flags
internal import Statistics

/// A comparison in plain words, for the end of a table and the top of a page. Said here and nowhere else.
///
/// What matters most comes first: harm, then a split that is off, then what is missing for a verdict.
struct ComparisonSentence {
  private let flag: Flag
  private let strata: [Stratum]
  private let comparison: Comparison
  private let settings: GuardrailSettings
  /// Whether the kill switch of this proxy outranks the store.
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
    guard flag.isEnabled else { return "It is killed already\(isKilledLocally ? ", on this proxy" : "")." }
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

  private var splitIsOff: String {
    let ratio = comparison.sampleRatio
    let seen = Double(ratio.unified) / Double(max(1, ratio.legacy + ratio.unified))
    return "The split itself is off: \(Figure.percent(seen)) % of the users seen are in unified, where "
      + "\(Figure.percent(ratio.expected)) % are expected. Something else than the flag decides who is seen where "
      + "(missing user keys, a cache in front, robots), so there is no verdict."
  }

  private var oneSided: String {
    if isKilledLocally {
      return "This proxy is killed locally and sends everyone to legacy, whatever the store says: there is nothing to "
        + "compare. `turnout restore --local` ends that; how it was before, `turnout compare --since 15m` shows."
    }
    if !flag.isEnabled {
      return "The flag is killed and everyone goes to legacy: there is nothing to compare. How it was before, "
        + "`turnout compare --since 15m` shows."
    }
    let (side, others) = flag.percentage == .full ? ("unified", flag.deny) : ("legacy", flag.allow)
    let everyone = others.isEmpty ? "everyone" : "everyone but \(others.count) in a list"
    return "The flag is at \(flag.percentage) % and \(everyone) goes to \(side): there is nothing to compare."
  }

  // MARK: Undecided

  private var undecided: String {
    let open = comparison.assessments.filter { assessment in
      assessment.verdict == .undecided
        && !(assessment.measure == .conversationsCreated && assessment.shortage == .nothingMeasured)
    }
    if let short = open.first(where: { $0.shortage != nil }), let shortage = short.shortage {
      return "Undecided: \(reason(shortage))."
    }
    // The one that takes longest; what cannot be said takes longest of all.
    guard let slowest = open.max(by: { ($0.secondsToVerdict ?? .infinity) < ($1.secondsToVerdict ?? .infinity) }) else {
      return "Undecided."
    }
    let measure = slowest.measure
    let shown = slowest.detectable.map { detectable in
      "\(Figure.grouped(requests)) requests so far show differences of \(measure.text(detectable)) \(measure.unit) and more"
    }
    return "Undecided: \(shown ?? "\(Figure.grouped(requests)) requests so far"); " + time(slowest)
  }

  private func time(_ assessment: Assessment) -> String {
    guard let seconds = assessment.secondsToVerdict else {
      return "with differences as they are, no traffic brings a verdict on \(assessment.measure.name)."
    }
    return "a verdict on \(assessment.measure.name) takes about \(Figure.duration(seconds)) more at this traffic."
  }

  private func reason(_ shortage: Shortage) -> String {
    let (legacy, unified) = (compared(\.legacy), compared(\.unified))
    switch shortage {
    case .oneCohortOnly:
      if legacy == 0, unified == 0, leftOut > 0 {
        return
          "none of \(Figure.grouped(leftOut)) requests can be compared, because none has a user key that the percentage "
          + "placed. If users should have one, look at `user_key` in turnout.yaml: it says where the proxy looks for it"
      }
      if legacy == 0, unified == 0 { return "no request so far" }
      return "no request to \(unified == 0 ? "unified" : "legacy") that could be compared so far"
    case .fewRequests:
      return "\(Figure.grouped(legacy)) requests to legacy and \(Figure.grouped(unified)) to unified so far; "
        + "each needs \(Figure.grouped(settings.minimumRequests))"
    case .fewUsers: return "too few users so far; each cohort needs about \(settings.minimumClusters)"
    case .nothingMeasured:
      return "what is slow is not known yet; that takes 200 requests to legacy within 15 minutes"
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

  /// What is higher or lower.
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
    case .errorRate, .slowRequests, .slowestRequests: Figure.decimal(value * 100, places: 2)
    case .meanLatency: Figure.decimal(value / 1e6, places: 1)
    case .conversationsCreated: Figure.decimal(value * 100, places: 1)
    }
  }
}
