import CohortMetrics
import Concurrency
import Flags
import Statistics
import Testing

@Suite struct MetricTotalsTests {
  @Test("What the workers counted is summed, and each cohort keeps its own")
  func sums() {
    let workers = Workers(count: 3)
    workers.serve(firstByte: 2_000_000, total: 3_000_000, .unified, worker: 0)
    workers.serve(firstByte: 4_000_000, total: 9_000_000, .unified, worker: 2)
    workers.serve(firstByte: 1_000_000, total: 1_000_000, .legacy, worker: 1)
    workers.serve(firstByte: 1_000_000, total: 1_000_000, group: 1, .legacy, worker: 1)
    let totals = workers.metrics.totals()
    #expect(totals.groups.map(\.label) == ["UNIFIED_CONVERSATION_ENABLED", "none"])
    let unified = totals.groups[0][.unified]
    #expect(unified[.status2xx] == 2)
    #expect(unified.firstByte.count == 2)
    #expect(unified.firstByte.sumNanoseconds == 6_000_000)
    #expect(unified.total.sumNanoseconds == 12_000_000)
    #expect(totals.groups[0][.legacy][.finished] == 1)
    #expect(totals.groups[1][.legacy][.finished] == 1)
    #expect(totals.groups[1][.unified][.finished] == 0)
  }

  @Test("Every counter of a cohort is read from where it was written, and from nowhere else")
  func everyCohortCounter() {
    let workers = Workers(flags: ["A", "B"])
    for group in 0..<3 {
      for cohort in Cohort.allCases {
        for counter in CohortCounter.allCases {
          workers.add(
            UInt64(1_000 * group + 100 * Int(cohort.rawValue) + counter.index), counter, group: group, cohort)
        }
      }
    }
    let totals = workers.metrics.totals()
    for group in 0..<3 {
      for cohort in Cohort.allCases {
        for counter in CohortCounter.allCases {
          let expected = UInt64(1_000 * group + 100 * Int(cohort.rawValue) + counter.index)
          #expect(totals.groups[group][cohort][counter] == expected)
        }
      }
    }
  }

  @Test("Worker counters and own answers are summed")
  func workerCounters() {
    let workers = Workers()
    for counter in WorkerCounter.allCases {
      workers.add(UInt64(counter.index + 10), counter, worker: 0)
      workers.add(100, counter, worker: 1)
    }
    workers.lanes[1].add(4, at: workers.layout.indices.localResponseBase + 2)
    let totals = workers.metrics.totals()
    for counter in WorkerCounter.allCases { #expect(totals[counter] == UInt64(counter.index + 110)) }
    #expect(totals.localResponses.map(\.count) == [0, 0, 4])
    #expect(totals.localResponses.map(\.label) == Workers.localResponses)
  }

  @Test("What has started and not finished, and what was opened and not closed, is open now")
  func openNow() {
    let workers = Workers()
    workers.serve(firstByte: 1, total: 1, .legacy)
    workers.add(3, .started, .legacy)
    workers.add(5, .connectionsAccepted)
    workers.add(2, .connectionsClosed, worker: 0)
    workers.add(4, .upstreamConnectionsOpened)
    let totals = workers.metrics.totals()
    #expect(totals.groups[0][.legacy].inFlight == 3)
    #expect(totals.groups[0][.unified].inFlight == 0)
    #expect(totals.openClientConnections == 3)
    #expect(totals.openUpstreamConnections == 4)
  }
}
