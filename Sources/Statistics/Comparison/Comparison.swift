/// One stage of a rollout, or a part of it: the split did not change meanwhile.
package struct Stratum: Sendable, Equatable {
  /// The share of the users in unified, 0 ... 1; 0 while the flag was disabled.
  package var share: Double
  package var tally: Tally

  package init(share: Double, tally: Tally) {
    self.share = share
    self.tally = tally
  }
}

/// How one measure of unified stands to that of legacy.
package struct Assessment: Sendable, Equatable {
  package var measure: Measure
  /// Nil where there is nothing to divide by.
  package var legacy: Double?
  package var unified: Double?
  /// Unified less legacy; of conversations created, as a share of legacy's. Nil while it cannot be said.
  package var difference: Double?
  /// The confidence sequence around the difference, at the share of alpha that falls to this guardrail.
  package var lower: Double?
  package var upper: Double?
  /// Beyond it unified is worse: above it, or for conversations created below `-margin`.
  package var margin: Double
  package var verdict = Verdict.undecided
  /// Why there is no interval or verdict, where traffic is the reason.
  package var shortage: Shortage?
  /// The smallest difference beyond the margin that the traffic so far would have shown in four of five cases.
  package var detectable: Double?
  /// Until the interval is narrow enough for a verdict, if traffic and difference stay as they are; nil when there is a
  /// verdict, or no way to say.
  package var secondsToVerdict: Double?

  package init(_ measure: Measure, margin: Double) {
    self.measure = measure
    self.margin = margin
  }
}

/// What there is too little of.
package enum Shortage: String, Sendable, CaseIterable {
  /// No stage in which both cohorts had requests.
  case oneCohortOnly = "one_cohort_only"
  case fewRequests = "few_requests"
  case fewUsers = "few_users"
  /// Nothing of what is measured has happened yet (no reference for slow requests, no conversation created).
  case nothingMeasured = "nothing_measured"
}

/// Users seen in each cohort against the configured percentage: a chi-square test with one degree of freedom.
package struct SampleRatio: Sendable, Equatable {
  /// Users in the sample, not all users.
  package var legacy: Int
  package var unified: Int
  /// The share of unified that was configured, 0 ... 1; of several stages, in proportion to their users.
  package var expected: Double
  /// The chance of a split that is off at least as far.
  package var p: Double
  /// At least 8 users in each cohort are expected; fewer say nothing.
  package var isChecked: Bool
  /// Checked, and p < 0.001: something else than the flag decides who is seen where.
  package var isOff: Bool

  package init(legacy: Int, unified: Int, expected: Double, p: Double, isChecked: Bool, isOff: Bool) {
    self.legacy = legacy
    self.unified = unified
    self.expected = expected
    self.p = p
    self.isChecked = isChecked
    self.isOff = isOff
  }
}
