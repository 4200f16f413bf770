import CohortMetrics
import Concurrency
import Flags
import Statistics

/// Lanes as workers would fill them.
struct Workers {
  let layout: LaneLayout
  let lanes: [CounterLane]
  let workerSettings: CounterLane
  let metrics: CohortMetrics

  static let localResponses = [
    LocalResponseLabel(status: 400, reason: "bad_request"), LocalResponseLabel(status: 503, reason: "queue_full"),
    LocalResponseLabel(status: 503, reason: "no_server"),
  ]

  init(count: Int = 2, flags: [String] = ["UNIFIED_CONVERSATION_ENABLED"]) {
    let layout = LaneLayout(flags: flags, localResponses: Self.localResponses)
    let lanes = (0..<count).map { _ in CounterLane(count: layout.wordCount) }
    self.layout = layout
    self.lanes = lanes
    workerSettings = CounterLane(count: WorkerSettingIndices.count(flagCount: flags.count))
    workerSettings.writer.set(1, at: WorkerSettingIndices.usersEpoch)
    metrics = CohortMetrics(layout: layout, lanes: lanes, workerSettings: workerSettings)
  }

  func add(_ amount: UInt64, _ counter: CohortCounter, group: Int = 0, _ cohort: Cohort, worker: Int = 0) {
    lanes[worker].add(
      amount, at: layout.indices.cohortBase(group: group, cohort: Int(cohort.rawValue)) + counter.index)
  }

  func add(_ amount: UInt64, _ counter: WorkerCounter, worker: Int = 0) {
    lanes[worker].add(amount, at: layout.indices.workerBase + counter.index)
  }

  /// A whole request that was answered with 200.
  func serve(firstByte: UInt64, total: UInt64, group: Int = 0, _ cohort: Cohort, worker: Int = 0) {
    let number = Int(cohort.rawValue)
    let firstByteBase = layout.indices.firstByteHistogramBase(group: group, cohort: number)
    let totalBase = layout.indices.leftOutHistogramBase(group: group, cohort: number)
    add(1, .started, group: group, cohort, worker: worker)
    add(firstByte, .firstByteNanosecondsSum, group: group, cohort, worker: worker)
    add(total, .totalNanosecondsSum, group: group, cohort, worker: worker)
    lanes[worker].add(1, at: firstByteBase + HistogramLayout.bucket(nanoseconds: firstByte))
    lanes[worker].add(1, at: totalBase + HistogramLayout.bucket(nanoseconds: total))
    add(1, .status2xx, group: group, cohort, worker: worker)
    add(1, .finished, group: group, cohort, worker: worker)
  }
}
