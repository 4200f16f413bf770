/// How cohorts are judged. Shares are 0 ... 1.
package struct GuardrailSettings: Sendable, Equatable {
  /// The chance of a false alarm, of all guardrails together, however long and often one looks.
  package var alpha = 0.05
  /// The number of units at which the intervals are tightest (N* of the confidence sequence).
  package var tuningUnits = 5_000.0
  /// Unified may have so much larger a share of errors.
  package var errorMargin = 0.001
  /// Unified may have so much larger a share of slow requests.
  package var slowMargin = 0.005
  /// Unified may have so much larger a share of requests beyond legacy's 99th percentile.
  package var slowestMargin = 0.005
  /// The mean of unified may be so much longer, in nanoseconds.
  package var meanLatencyMargin = 100_000_000.0
  /// Unified may create so much fewer conversations, as a share of legacy's.
  package var createdMargin = 0.2
  /// Compared requests of each cohort below which there is no verdict.
  package var minimumRequests: UInt64 = 200
  /// Clusters with traffic in each cohort below which there is no verdict: about as many users.
  package var minimumClusters = 20

  package init() {}

  package func margin(of measure: Measure) -> Double {
    switch measure {
    case .errorRate: errorMargin
    case .slowRequests: slowMargin
    case .slowestRequests: slowestMargin
    case .meanLatency: meanLatencyMargin
    case .conversationsCreated: createdMargin
    }
  }

  /// The sequence of one guardrail. Alpha is shared by all measures (Bonferroni), also while some cannot be measured: how
  /// it is shared must not follow the data.
  package var sequence: ConfidenceSequence {
    ConfidenceSequence(alpha: alpha / Double(Measure.allCases.count), tuningUnits: tuningUnits)
  }
}

package enum Verdict: String, Sendable, CaseIterable {
  /// The whole interval lies beyond the margin.
  case harmful
  /// The whole interval lies within it.
  case safe
  /// Neither, or too little traffic to say.
  case undecided
  /// Of one guardrail, never of all: the servers do not report what it judges, so no traffic would bring a verdict.
  case absent
}
