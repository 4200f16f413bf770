package import CohortMetrics
package import Statistics

/// Where the counts come from, and what the data plane is told: `CohortMetrics` in a running proxy.
package struct WindowSources: Sendable {
  /// One tally for each flag, in the order of their numbers: all counts since the start, and the users seen since the last
  /// `renewUsers`.
  package var read: @Sendable () -> [Tally]
  /// Begins a new sample of users and returns the one that has ended, for each flag.
  package var renewUsers: @Sendable () -> [UserSample]
  /// By what requests of that flag are judged from now on.
  package var setReference: @Sendable (_ flag: Int, LatencyThresholds) -> Void

  package init(
    read: @escaping @Sendable () -> [Tally], renewUsers: @escaping @Sendable () -> [UserSample],
    setReference: @escaping @Sendable (_ flag: Int, LatencyThresholds) -> Void
  ) {
    self.read = read
    self.renewUsers = renewUsers
    self.setReference = setReference
  }
}

extension WindowSources {
  package init(_ metrics: CohortMetrics) {
    self.init(
      read: { metrics.tallies() }, renewUsers: { metrics.renewUsers() },
      setReference: { metrics.setReference(flag: $0, slow: $1.slow, slowest: $1.slowest) })
  }
}
