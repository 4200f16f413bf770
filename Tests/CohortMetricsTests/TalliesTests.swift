import CohortMetrics
import Concurrency
import Flags
import Statistics
import Testing

@Suite struct TalliesTests {
  private func count(
    _ amount: UInt64, _ counter: ClusterCounter, of hash: UInt32, flag: Int = 0, _ cohort: Cohort, _ workers: Workers,
    worker: Int = 0
  ) {
    let base = workers.layout.indices.clusterBase(flag: flag, cohort: Int(cohort.rawValue), hash: hash)
    workers.lanes[worker].add(amount, at: base + counter.index)
  }

  @Test("Clusters of all workers are added up, each flag and cohort by itself")
  func clusters() {
    let workers = Workers(count: 2, flags: ["A", "B"])
    for (worker, cohort) in [(0, Cohort.legacy), (1, .legacy), (1, .unified)] {
      count(2, .requests, of: 5, cohort, workers, worker: worker)
      count(1, .errors, of: 5 + 1_024, cohort, workers, worker: worker)
    }
    count(9, .requests, of: 1_023, flag: 1, .unified, workers)
    count(700, .nanoseconds, of: 1_023, flag: 1, .unified, workers)
    let tallies = workers.metrics.tallies()
    #expect(tallies.count == 2)
    #expect(tallies[0].legacy.clusters[5, .requests] == 4)
    #expect(tallies[0].legacy.clusters[5, .errors] == 2)
    #expect(tallies[0].unified.clusters[5, .requests] == 2)
    #expect(tallies[0].unified.requests == 2)
    #expect(tallies[1].legacy == CohortTally())
    #expect(tallies[1].unified.clusters[1_023, .requests] == 9)
    #expect(tallies[1].unified.durations.sumNanoseconds == 700)
  }

  @Test("Durations of compared requests are in the tally, those left out only in the metrics")
  func durations() {
    let workers = Workers()
    let indices = workers.layout.indices
    workers.lanes[0].add(3, at: indices.comparedHistogramBase(group: 0, cohort: 1) + 100)
    workers.lanes[1].add(4, at: indices.leftOutHistogramBase(group: 0, cohort: 1) + 100)
    workers.add(4, .leftOut, .unified)
    workers.add(1, .leftOutErrors, .unified)
    let tally = workers.metrics.tallies()[0].unified
    #expect(tally.durations.count == 3)
    #expect(tally.leftOut == 4)
    #expect(tally.errors == 1)
    #expect(workers.metrics.totals().groups[0].unified.total.count == 7)
  }

  @Test("What is ordered stands where workers look for it")
  func workerSettings() {
    let workers = Workers(flags: ["A", "B"])
    workers.metrics.setLatencyThresholds(flag: 1, slow: 42, slowest: 99)
    #expect([0, 1].map { workers.workerSettings.value(at: WorkerSettingIndices.slow(flag: $0)) } == [0, 42])
    #expect([0, 1].map { workers.workerSettings.value(at: WorkerSettingIndices.slowest(flag: $0)) } == [0, 99])
    workers.metrics.renewUsers()
    #expect(workers.workerSettings.value(at: WorkerSettingIndices.usersEpoch) == 2)
  }
}
