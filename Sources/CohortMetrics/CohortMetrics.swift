package import Concurrency
package import Statistics

/// The control plane's view of what the workers count.
///
/// Reading stops no worker and takes no lock. It takes some microseconds for each lane, so the counters of one reading are
/// not from one instant. Because each lane is read from its end, these always hold: finished requests <= started ones,
/// closed connections <= opened ones, and no counter falls from one reading to the next.
package final class CohortMetrics: Sendable {
  package let layout: LaneLayout
  private let lanes: [CounterLane]
  /// The settings that the workers read (`WorkerSettingIndices`).
  private let workerSettings: CounterLane

  /// - Parameters:
  ///   - lanes: one for each worker, all laid out by `layout`.
  ///   - workerSettings: the lane that those workers read.
  package init(layout: LaneLayout, lanes: [CounterLane], workerSettings: CounterLane) {
    precondition(lanes.allSatisfy { $0.count == layout.wordCount })
    precondition(workerSettings.count == WorkerSettingIndices.count(flagCount: layout.flags.count))
    self.layout = layout
    self.lanes = lanes
    self.workerSettings = workerSettings
  }

  package func totals() -> MetricTotals { MetricTotals(counters: counters(), layout: layout) }

  /// The counts of each flag since the start, in the order of the flags, with the users of the present epoch.
  package func tallies() -> [Tally] {
    let counters = counters()
    return layout.flags.indices.map { flag in
      var tally = Tally(users: users(flag: flag))
      tally.legacy = CohortTally(counters, layout.indices, flag: flag, cohort: 0)
      tally.unified = CohortTally(counters, layout.indices, flag: flag, cohort: 1)
      return tally
    }
  }

  /// The body of `GET /metrics`, of type `PrometheusText.contentType`. The names of `extra` must differ from those of
  /// `totals` and from each other.
  package func prometheusText(_ totals: MetricTotals, extra: [MetricFamily] = []) -> [UInt8] {
    PrometheusText.encode(totals.cohortFamilies + totals.workerFamilies + extra)
  }

  private func counters() -> [UInt64] {
    var counters = [UInt64](repeating: 0, count: layout.counterCount)
    for lane in lanes { lane.addValues(to: &counters) }
    return counters
  }
}

// Settings of the workers. Only one thread at a time may call these.
extension CohortMetrics {
  /// Begins a new epoch of the user tables and returns the users of the last one, for each flag. A request that ends at
  /// this moment may be in neither; its next request counts the user.
  @discardableResult
  package func renewUsers() -> [UserSample] {
    let ended = epoch
    workerSettings.writer.set(ended + 1, at: WorkerSettingIndices.usersEpoch)
    return layout.flags.indices.map { users(flag: $0, epoch: ended) }
  }

  /// Sets from how many nanoseconds on a request of the flag counts as slow and as one of the slowest. With 0 and 0 none
  /// is counted.
  package func setLatencyThresholds(flag: Int, slow: UInt64, slowest: UInt64) {
    workerSettings.writer.set(slowest, at: WorkerSettingIndices.slowest(flag: flag))
    workerSettings.writer.set(slow, at: WorkerSettingIndices.slow(flag: flag))
  }

  private var epoch: UInt64 { workerSettings.value(at: WorkerSettingIndices.usersEpoch) }

  private func users(flag: Int) -> UserSample { users(flag: flag, epoch: epoch) }

  private func users(flag: Int, epoch: UInt64) -> UserSample {
    var users = UserSample()
    for lane in lanes {
      users.merge(UserSample(lane, at: layout.indices.userTableBase(flag: flag, epoch: epoch), epoch: epoch))
    }
    return users
  }
}

extension CohortTally {
  /// - Parameter counters: the sum over all lanes.
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
  /// The users that a worker saw: its table of that epoch, which begins at `base`. Empty before the worker begins it.
  init(_ lane: CounterLane, at base: Int, epoch: UInt64) {
    // A worker rebuilds a table within microseconds and at most a few times a second, so one of a few tries finds it
    // unchanged. Otherwise the next reading has the users.
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
