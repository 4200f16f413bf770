package import Concurrency
package import Statistics

/// The control plane's view of what the workers count.
///
/// Reading stops no worker and locks nothing. The counters of one reading are not all from the same instant: a reading
/// takes some microseconds for each lane. What holds all the same, because each lane is read from its end: no request is
/// finished that has not started, no connection closed that was not opened, and no counter falls from one reading to the
/// next.
package final class CohortMetrics: Sendable {
  package let layout: LaneLayout
  private let lanes: [CounterLane]
  /// What the workers are told (`WorkerSettingIndices`).
  private let workerSettings: CounterLane

  /// `lanes` has one lane for each worker, all laid out by `layout`; `workerSettings` is the one that those workers read.
  package init(layout: LaneLayout, lanes: [CounterLane], workerSettings: CounterLane) {
    precondition(lanes.allSatisfy { $0.count == layout.wordCount })
    precondition(workerSettings.count == WorkerSettingIndices.count(flagCount: layout.flags.count))
    self.layout = layout
    self.lanes = lanes
    self.workerSettings = workerSettings
  }

  package func totals() -> MetricTotals { MetricTotals(counters: counters(), layout: layout) }

  /// What was counted of each flag since the start, in the order of the flags; the users are those of the present epoch.
  package func tallies() -> [Tally] {
    let counters = counters()
    return layout.flags.indices.map { flag in
      var tally = Tally(users: users(flag: flag))
      tally.legacy = CohortTally(counters, layout.indices, flag: flag, cohort: 0)
      tally.unified = CohortTally(counters, layout.indices, flag: flag, cohort: 1)
      return tally
    }
  }

  /// The body of `GET /metrics`, of type `PrometheusText.contentType`: the families of `totals`, then those of the caller,
  /// whose names have to differ from these and from each other.
  package func prometheusText(_ totals: MetricTotals, extra: [MetricFamily] = []) -> [UInt8] {
    PrometheusText.encode(totals.cohortFamilies + totals.workerFamilies + extra)
  }

  private func counters() -> [UInt64] {
    var counters = [UInt64](repeating: 0, count: layout.counterCount)
    for lane in lanes { lane.addValues(to: &counters) }
    return counters
  }
}

// What the workers are told. One thread at a time may call these.
extension CohortMetrics {
  /// Begins a new epoch of the tables of users, and returns whom the one before it saw, of each flag. A request that ends
  /// at this very moment may be in neither; its user is seen at the next request.
  @discardableResult
  package func renewUsers() -> [UserSample] {
    let ended = epoch
    workerSettings.writer.set(ended + 1, at: WorkerSettingIndices.usersEpoch)
    return layout.flags.indices.map { users(flag: $0, epoch: ended) }
  }

  /// From now on requests of the flag that take longer than `slow` nanoseconds are slow, and of these the ones that take
  /// longer than `slowest` are the slowest; with 0 and 0 none is judged.
  package func setReference(flag: Int, slow: UInt64, slowest: UInt64) {
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
