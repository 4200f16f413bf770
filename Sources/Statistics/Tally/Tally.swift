/// What was counted of one flag over some time, in both cohorts. Tallies of different times, workers and proxies are
/// merged by adding.
package struct Tally: Sendable, Equatable {
  package var legacy = CohortTally()
  package var unified = CohortTally()
  /// The compared users who were seen.
  package var users: UserSample

  package init(users: UserSample = UserSample()) { self.users = users }

  package mutating func merge(_ other: Tally) {
    legacy.merge(other.legacy)
    unified.merge(other.unified)
    users.merge(other.users)
  }
}

/// One cohort of a tally.
///
/// Compared are the requests of users whom the percentage put where they are. Left out are those without a user key and
/// those of users in the lists of the flag: they are not in their cohort by chance, so a comparison with them would
/// compare two kinds of users.
package struct CohortTally: Sendable, Equatable {
  /// The compared requests, by cluster of users.
  package var clusters = ClusterTable()
  /// How long the compared requests took, from the end of the head to the last byte of the answer.
  package var durations = Histogram()
  /// Requests that are left out.
  package var leftOut: UInt64 = 0
  /// Those of them that failed.
  package var leftOutErrors: UInt64 = 0

  package init() {}

  /// Compared and left out.
  package var requests: UInt64 { clusters.total(.requests) &+ leftOut }
  /// Failed requests of the compared users and of those left out.
  package var errors: UInt64 { clusters.total(.errors) &+ leftOutErrors }

  package mutating func merge(_ other: CohortTally) {
    clusters.merge(other.clusters)
    durations.merge(other.durations)
    leftOut &+= other.leftOut
    leftOutErrors &+= other.leftOutErrors
  }
}
