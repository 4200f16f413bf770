/// How one measure of unified stands to that of legacy.
package struct Assessment: Sendable, Equatable {
  package var measure: Measure
  /// Nil where there is nothing to divide by. Of several stages the mean of their ratios, weighted as the difference is.
  package var legacy: Double?
  package var unified: Double?
  /// Unified less legacy; of conversations created, as a share of legacy's. Nil while it cannot be said.
  package var difference: Double?
  /// The confidence sequence around the difference, at the share of alpha that falls to this guardrail. The verdict is
  /// read from these bounds and from nothing else.
  package var lower: Double?
  package var upper: Double?
  /// Beyond it unified is worse: above it, or for conversations created below `-margin`.
  package var margin: Double
  package var verdict = Verdict.undecided
  /// Why there is no interval or verdict, where traffic is the reason.
  package var shortage: Shortage?
  /// The smallest change for the worse that the traffic so far would have shown in four of five cases; never negative,
  /// also for conversations created, where it is a loss.
  package var detectable: Double?
  /// Until the interval is narrow enough for a verdict, if traffic and difference stay as they are; nil when there is a
  /// verdict, or no way to say.
  package var secondsToVerdict: Double?

  package init(_ measure: Measure, margin: Double) {
    self.measure = measure
    self.margin = margin
  }

  /// Whether legacy gives nothing to compare conversations with: the verdict of all guardrails does not wait for this one.
  package var isUnmeasurable: Bool {
    measure == .conversationsCreated && (shortage == .nothingMeasured || shortage == .notReported)
  }
}

/// What there is too little of.
package enum Shortage: String, Sendable, CaseIterable {
  /// No stage in which both cohorts had requests.
  case oneCohortOnly = "one_cohort_only"
  case fewRequests = "few_requests"
  case fewUsers = "few_users"
  /// Nothing of what is measured has happened yet (no reference for slow requests, no conversation created by legacy).
  case nothingMeasured = "nothing_measured"
  /// In the whole time no response of either cohort said that it created a conversation: the servers do not tell.
  case notReported = "not_reported"
}
