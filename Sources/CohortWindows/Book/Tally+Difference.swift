import Flags
import Statistics

extension Tally {
  var isEmpty: Bool { legacy.isEmpty && unified.isEmpty }

  /// Whether nothing was counted between two readings of the same counters.
  func isSame(as earlier: Tally) -> Bool {
    legacy.isSame(as: earlier.legacy) && unified.isSame(as: earlier.unified) && users.limit == earlier.users.limit
      && users.hashes.map(\.count) == earlier.users.hashes.map(\.count)
  }
}

extension CohortTally {
  fileprivate var isEmpty: Bool { requests == 0 }

  /// Each request adds to a cluster or to those left out; the durations follow.
  fileprivate func isSame(as earlier: CohortTally) -> Bool {
    leftOut == earlier.leftOut && leftOutErrors == earlier.leftOutErrors && clusters == earlier.clusters
      && durations.sumNanoseconds == earlier.durations.sumNanoseconds
  }

  /// What came since.
  func since(_ earlier: CohortTally) -> CohortTally {
    var difference = self
    difference.clusters.subtract(earlier.clusters)
    difference.durations.subtract(earlier.durations)
    difference.leftOut -= min(leftOut, earlier.leftOut)
    difference.leftOutErrors -= min(leftOutErrors, earlier.leftOutErrors)
    return difference
  }
}

extension UserSample {
  /// Those that `known` does not have, under this limit: merged with `known` it is the same.
  func without(_ known: UserSample) -> UserSample {
    var rest = UserSample(capacity: capacity, limit: limit)
    for cohort in hashes.indices {
      for hash in hashes[cohort] where !known.hashes[cohort].contains(hash) { rest.insert(hash: hash, cohort: cohort) }
    }
    return rest
  }
}
