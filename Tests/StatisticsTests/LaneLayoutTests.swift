import Statistics
import Testing

@Suite struct LaneLayoutTests {
  static let layouts = [
    LaneLayout(flags: [], localResponses: []),
    LaneLayout(flags: ["A"], localResponses: [LocalResponseLabel(status: 400, reason: "bad_request")]),
    LaneLayout(
      flags: ["A", "B", "C"],
      localResponses: (0..<20).map { LocalResponseLabel(status: 400 + $0, reason: "reason_\($0)") }),
  ]

  /// The base of every block, with its length.
  private func blocks(of layout: LaneLayout) -> [(base: Int, count: Int)] {
    let perCohort = (0..<layout.indices.groupCount).flatMap { group in
      (0..<2).flatMap { cohort in
        [
          (layout.indices.cohortBase(group: group, cohort: cohort), CohortCounter.allCases.count),
          (layout.indices.firstByteHistogramBase(group: group, cohort: cohort), HistogramLayout.bucketCount),
          (layout.indices.comparedHistogramBase(group: group, cohort: cohort), HistogramLayout.bucketCount),
          (layout.indices.leftOutHistogramBase(group: group, cohort: cohort), HistogramLayout.bucketCount),
        ]
      }
    }
    let perFlag = layout.flags.indices.flatMap { flag in
      [0, 1].map { (layout.indices.userTableBase(flag: flag, epoch: $0), UserTableLayout.stride) }
        + (0..<2).map { cohort in
          (
            layout.indices.clusterBase(flag: flag, cohort: cohort, hash: 0),
            ClusterTable.clusterCount * LaneIndices.clusterStride
          )
        }
    }
    return perCohort + perFlag + [
      (layout.indices.workerBase, WorkerCounter.allCases.count),
      (layout.indices.localResponseBase, layout.localResponses.count),
    ]
  }

  @Test("No two counters share a place, and all lie in the lane", arguments: layouts)
  func disjoint(layout: LaneLayout) {
    var end = 0
    for block in blocks(of: layout).sorted(by: { $0 < $1 }) {
      #expect(block.base >= end)
      end = block.base + block.count
    }
    #expect(end <= layout.wordCount)
  }

  @Test("Every block begins a cache line, every histogram a page", arguments: layouts)
  func alignment(layout: LaneLayout) {
    for block in blocks(of: layout) { #expect(block.base % 8 == 0) }
    for group in 0..<layout.indices.groupCount {
      for cohort in 0..<2 {
        #expect(layout.indices.firstByteHistogramBase(group: group, cohort: cohort) % 512 == 0)
        #expect(layout.indices.comparedHistogramBase(group: group, cohort: cohort) % 512 == 0)
        #expect(layout.indices.leftOutHistogramBase(group: group, cohort: cohort) % 512 == 0)
      }
    }
  }

  @Test("A cluster is the hash modulo 1024, a cache line of its own, before the tables of users")
  func clusters() {
    let layout = Self.layouts[2]
    let base = layout.indices.clusterBase(flag: 1, cohort: 1, hash: 0)
    #expect(layout.indices.clusterBase(flag: 1, cohort: 1, hash: 1_024 + 5) == base + 5 * 8)
    #expect(ClusterTable.width <= LaneIndices.clusterStride)
    #expect(layout.indices.clusterBase(flag: 2, cohort: 1, hash: 1_023) + 8 == layout.counterCount)
  }

  @Test("What is counted first stands first, since lanes are read from the end")
  func order() {
    #expect(CohortCounter.started.rawValue < CohortCounter.finished.rawValue)
    #expect(ClusterCounter.judged.rawValue < ClusterCounter.slow.rawValue)
    #expect(ClusterCounter.slow.rawValue < ClusterCounter.slowest.rawValue)
    #expect(WorkerCounter.connectionsAccepted.rawValue < WorkerCounter.connectionsClosed.rawValue)
    #expect(WorkerCounter.upstreamConnectionsOpened.rawValue < WorkerCounter.upstreamConnectionsClosed.rawValue)
  }

  @Test("What an ordinary request counts is in one cache line")
  func hot() {
    let hot: [CohortCounter] = [
      .started, .finished, .status2xx, .firstByteNanosecondsSum, .totalNanosecondsSum, .bytesIn, .bytesOut, .anonymous,
    ]
    #expect(hot.allSatisfy { $0.rawValue < 8 })
  }

  @Test("Routes with a fixed cohort are labelled none, and stay apart from flags of that name")
  func labels() {
    let plain = LaneLayout(flags: ["A", "B"], localResponses: [])
    #expect((0..<3).map(plain.label(ofGroup:)) == ["A", "B", "none"])
    let odd = LaneLayout(flags: ["none", "(none)"], localResponses: [])
    #expect((0..<3).map(odd.label(ofGroup:)) == ["none", "(none)", "((none))"])
  }
}
