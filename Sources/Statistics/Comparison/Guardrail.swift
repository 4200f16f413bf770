/// What is compared between the cohorts.
package enum Measure: String, Sendable, CaseIterable {
  /// The share of requests that failed.
  case errorRate = "error_rate"
  /// The share of requests that took longer than the 95th percentile of legacy.
  case slowRequests = "slow_requests"
  /// The mean duration of a request, in nanoseconds.
  case meanLatency = "mean_latency"
  /// Conversations created for each request, relative to legacy.
  case conversationsCreated = "conversations_created"
}

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
  /// The mean of unified may be so much longer, in nanoseconds.
  package var meanLatencyMargin = 100_000_000.0
  /// Unified may create so much fewer conversations, as a share of legacy's.
  package var createdMargin = 0.2
  /// Compared requests of each cohort below which there is no verdict.
  package var minimumRequests: UInt64 = 200
  /// Clusters with traffic in each cohort below which there is no verdict: about as many users.
  package var minimumClusters = 20

  package init() {}
}

package enum Verdict: String, Sendable, CaseIterable {
  /// The whole interval lies beyond the margin.
  case harmful
  /// The whole interval lies within it.
  case safe
  /// Neither, or too little traffic to say.
  case undecided
}
