internal import Concurrency
internal import Statistics

extension CohortTally {
  /// From the sum of the lanes' counters.
  init(_ counters: [UInt64], _ indices: LaneIndices, flag: Int, cohort: Int) {
    self.init()
    let base = indices.cohortBase(group: flag, cohort: cohort)
    leftOut = counters[base + CohortCounter.leftOut.index]
    leftOutErrors = counters[base + CohortCounter.leftOutErrors.index]
    for cluster in 0..<ClusterTable.clusterCount {
      let first = indices.clusterBase(flag: flag, cohort: cohort, hash: UInt32(cluster))
      guard counters[first + ClusterCounter.requests.index] > 0 else { continue }
      for counter in ClusterCounter.allCases { clusters[cluster, counter] = counters[first + counter.index] }
    }
    durations = Histogram(
      counts: counters[indices.comparedHistogramBase(group: flag, cohort: cohort)...]
        .prefix(HistogramLayout.bucketCount),
      sumNanoseconds: clusters.total(.nanoseconds))
  }
}

extension UserSample {
  /// Whom a worker has seen: its table of that epoch, which begins at `base`. Empty when the worker has not begun it.
  init(_ lane: CounterLane, at base: Int, epoch: UInt64) {
    // The worker lays a table out anew in some microseconds and at most a few times a second, so that one of a few tries
    // finds it at rest; else nothing is known, until the next reading.
    for _ in 0..<1_000 {
      let version = lane.value(at: base + UserTableLayout.version)
      guard version % 2 == 0 else { continue }
      let sample = Self.read(lane, at: base, epoch: epoch)
      if lane.value(at: base + UserTableLayout.version) == version {
        self = sample
        return
      }
    }
    self.init(capacity: UserTableLayout.capacity)
  }

  private static func read(_ lane: CounterLane, at base: Int, epoch: UInt64) -> UserSample {
    let limit = lane.value(at: base + UserTableLayout.limit)
    guard lane.value(at: base + UserTableLayout.epoch) == epoch, (1...fullLimit).contains(limit) else {
      return UserSample(capacity: UserTableLayout.capacity)
    }
    var sample = UserSample(capacity: UserTableLayout.capacity, limit: limit)
    for slot in 0..<UserTableLayout.slotCount {
      let entry = lane.value(at: base + UserTableLayout.slots + slot)
      guard entry != 0 else { continue }
      let user = UserTableLayout.user(entry)
      sample.insert(hash: user.hash, cohort: user.cohort)
    }
    return sample
  }
}
