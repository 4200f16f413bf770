/// What is summed for each cluster of users. One record is one cache line of a worker's lane; one word is spare.
///
/// The order is that of counting, as for `CohortCounter`: no reader sees more slow requests than judged ones, or more of the
/// slowest than slow ones.
@usableFromInline
package enum ClusterCounter: Int, CaseIterable, Sendable {
  /// Requests that ended.
  case requests
  /// Those of them that failed: `CohortCounter.errors`.
  case errors
  /// Requests whose duration was judged: of these the ones that were slower than legacy's p95, and of those the ones that
  /// were slower than its p99, too.
  case judged
  case slow
  case slowest
  /// Conversations created.
  case created
  /// Nanoseconds that the requests took in all.
  case nanoseconds

  /// The raw value, for the hot path: the compiler knows that reading it takes no lock.
  @inlinable
  package var index: Int {
    @_noLocks @inline(__always) get { rawValue }
  }
}

/// The sums of one cohort over some time, split by a hash of the user into 1024 clusters: the units of the delta method.
///
/// Which cluster a user is in depends on the user alone, not on the flag's own hash, so clusters are comparable samples of
/// either cohort. Tables of the same clusters are merged by adding. 56 KiB.
package struct ClusterTable: Sendable, Equatable {
  package static let clusterCount = 1_024
  package static let width = ClusterCounter.allCases.count

  /// Cluster by cluster, each with one sum for each counter.
  package private(set) var sums: [UInt64]

  package init() { sums = Array(repeating: 0, count: Self.clusterCount * Self.width) }

  /// Nil unless there is one sum for each cluster and counter.
  package init?(sums: [UInt64]) {
    guard sums.count == Self.clusterCount * Self.width else { return nil }
    self.sums = sums
  }

  package subscript(cluster: Int, counter: ClusterCounter) -> UInt64 {
    get { sums[cluster * Self.width + counter.rawValue] }
    set { sums[cluster * Self.width + counter.rawValue] = newValue }
  }

  package func total(_ counter: ClusterCounter) -> UInt64 {
    (0..<Self.clusterCount).reduce(0) { $0 &+ self[$1, counter] }
  }

  package mutating func merge(_ other: ClusterTable) {
    for index in sums.indices { sums[index] &+= other.sums[index] }
  }

  /// Takes an earlier state of the same counters away. A sum never falls below 0.
  package mutating func subtract(_ earlier: ClusterTable) {
    for index in sums.indices { sums[index] -= min(sums[index], earlier.sums[index]) }
  }
}
