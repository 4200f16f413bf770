package import Flags
package import Statistics

/// All counters since the start of the process, summed over the workers.
package struct MetricTotals: Sendable, Equatable {
  /// The flags in the order of their numbers, then the routes with a fixed cohort.
  package let groups: [GroupTotals]
  package let localResponses: [LocalResponseTotal]
  private let worker: [UInt64]

  package subscript(counter: WorkerCounter) -> UInt64 { worker[counter.index] }

  package var openClientConnections: UInt64 { self[.connectionsAccepted] &- self[.connectionsClosed] }

  package var openUpstreamConnections: UInt64 {
    self[.upstreamConnectionsOpened] &- self[.upstreamConnectionsClosed]
  }

  /// - Parameter counters: one lane, or the sum of several, laid out by `layout`.
  init(counters: [UInt64], layout: LaneLayout) {
    groups = (0..<layout.indices.groupCount).map { group in
      let cohort = { CohortTotals(counters: counters, layout: layout, group: group, cohort: $0) }
      return GroupTotals(label: layout.label(ofGroup: group), legacy: cohort(.legacy), unified: cohort(.unified))
    }
    worker = Array(counters[layout.indices.workerBase...].prefix(WorkerCounter.allCases.count))
    localResponses = zip(layout.localResponses, counters[layout.indices.localResponseBase...]).map(
      LocalResponseTotal.init)
  }
}

/// The requests of one flag, or of the routes with a fixed cohort.
package struct GroupTotals: Sendable, Equatable {
  /// The flag's name, or the label of `LaneLayout.label(ofGroup:)` for routes with a fixed cohort.
  package let label: String
  package let legacy: CohortTotals
  package let unified: CohortTotals

  package subscript(cohort: Cohort) -> CohortTotals {
    switch cohort {
    case .legacy: legacy
    case .unified: unified
    }
  }
}

/// The requests of one cohort.
package struct CohortTotals: Sendable, Equatable {
  /// From the end of the request head to the first byte of the response.
  package let firstByte: Histogram
  /// From the end of the request head to the last byte of the response.
  package let total: Histogram
  private let counters: [UInt64]

  package subscript(counter: CohortCounter) -> UInt64 { counters[counter.index] }

  /// Requests that started and have not finished. Never negative, because lanes are read from their end.
  package var inFlight: UInt64 { self[.started] &- self[.finished] }

  init(counters: [UInt64], layout: LaneLayout, group: Int, cohort: Cohort) {
    let number = Int(cohort.rawValue)
    let own = Array(
      counters[layout.indices.cohortBase(group: group, cohort: number)...].prefix(CohortCounter.allCases.count))
    let buckets = { counters[$0...].prefix(HistogramLayout.bucketCount) }
    firstByte = Histogram(
      counts: buckets(layout.indices.firstByteHistogramBase(group: group, cohort: number)),
      sumNanoseconds: own[CohortCounter.firstByteNanosecondsSum.index])
    let compared = buckets(layout.indices.comparedHistogramBase(group: group, cohort: number))
    let leftOut = buckets(layout.indices.leftOutHistogramBase(group: group, cohort: number))
    total = Histogram(
      counts: zip(compared, leftOut).map { $0 &+ $1 }, sumNanoseconds: own[CohortCounter.totalNanosecondsSum.index])
    self.counters = own
  }
}

/// How often the proxy answered by itself, with one status and reason.
package struct LocalResponseTotal: Sendable, Equatable {
  package let label: LocalResponseLabel
  package let count: UInt64
}
