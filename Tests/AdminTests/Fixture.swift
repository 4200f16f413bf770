import Admin
import CohortMetrics
import Concurrency
import FlagStore
import Flags
import Statistics
import Synchronization
import TestSupport

/// An admin server over counters that the test fills, for one test.
final class Fixture {
  static let flagName = "UNIFIED_CONVERSATION_ENABLED"
  let layout = LaneLayout(
    flags: [flagName],
    localResponses: [
      LocalResponseLabel(status: 400, reason: "bad"), LocalResponseLabel(status: 503, reason: "queue_full"),
    ])
  let lane: CounterLane
  let flags: Published<FlagSnapshot>
  let source: Source
  let view: AdminView
  let server: AdminServer

  /// What may change while the server runs.
  final class Source: Sendable {
    let isDraining = Atomic<Bool>(false)
    let status = Mutex(FlagSourceStatus(path: "flags.json"))
  }

  init() throws {
    lane = CounterLane(count: layout.wordCount)
    let workerSettings = CounterLane(count: WorkerSettingIndices.count(flagCount: layout.flags.count))
    let flag = Flag(name: Self.flagName, percentage: try Percentage(12.5), allow: ["a", "b"], deny: ["c"], revision: 7)
    flags = Published(FlagSnapshot(generation: 3, flags: [flag]))
    let source = Source()
    self.source = source
    let view = AdminView(
      process: ProcessFacts(
        version: "1.2.3", processID: 4711, workers: 2, listen: ["127.0.0.1:8080"], startedAtSeconds: 1_700_000_000),
      metrics: CohortMetrics(layout: layout, lanes: [lane], workerSettings: workerSettings), flags: flags,
      flagSource: { source.status.withLock { $0 } }, isDraining: { source.isDraining.load(ordering: .acquiring) })
    self.view = view
    server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view)
  }

  deinit {
    server.stop()
    server.join()
  }

  func ask(_ line: String) throws -> WireResponse {
    let client = try WireClient(port: server.port)
    client.send("\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return try client.response(toHead: line.hasPrefix("HEAD "))
  }

  func add(_ amount: UInt64, _ counter: CohortCounter, group: Int = 0, _ cohort: Cohort) {
    lane.add(amount, at: layout.indices.cohortBase(group: group, cohort: Int(cohort.rawValue)) + counter.index)
  }

  /// Requests answered 200 after so long.
  func serve(_ count: UInt64, nanoseconds: UInt64, group: Int = 0, _ cohort: Cohort) {
    let number = Int(cohort.rawValue)
    add(count, .started, group: group, cohort)
    add(count * nanoseconds, .firstByteNanosecondsSum, group: group, cohort)
    add(count * nanoseconds, .totalNanosecondsSum, group: group, cohort)
    let bucket = HistogramLayout.bucket(nanoseconds: nanoseconds)
    lane.add(count, at: layout.indices.firstByteHistogramBase(group: group, cohort: number) + bucket)
    lane.add(count, at: layout.indices.leftOutHistogramBase(group: group, cohort: number) + bucket)
    add(count, .status2xx, group: group, cohort)
    add(count, .finished, group: group, cohort)
  }
}
