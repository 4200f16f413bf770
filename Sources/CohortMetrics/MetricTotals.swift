package import Flags
package import Statistics

/// All counters since the start of the process, summed over the workers at one moment.
package struct MetricTotals: Sendable, Equatable {
  /// The flags in the order of their numbers, then the routes with a fixed cohort.
  package let groups: [GroupTotals]
  package let ownAnswers: [LocalResponseTotal]
  private let worker: [UInt64]

  package subscript(counter: WorkerCounter) -> UInt64 { worker[counter.index] }

  package var openClientConnections: UInt64 { self[.connectionsAccepted] &- self[.connectionsClosed] }

  package var openUpstreamConnections: UInt64 {
    self[.upstreamConnectionsOpened] &- self[.upstreamConnectionsClosed]
  }

  /// `counters` is one lane, or the sum of several, laid out by `layout`.
  init(counters: [UInt64], layout: LaneLayout) {
    groups = (0..<layout.indices.groupCount).map { group in
      let cohort = { CohortTotals(counters: counters, layout: layout, group: group, cohort: $0) }
      return GroupTotals(label: layout.label(ofGroup: group), legacy: cohort(.legacy), unified: cohort(.unified))
    }
    worker = Array(counters[layout.indices.workerBase...].prefix(WorkerCounter.allCases.count))
    ownAnswers = zip(layout.localResponses, counters[layout.indices.localResponseBase...]).map(LocalResponseTotal.init)
  }
}

/// The requests whose routes ask one flag, or have a fixed cohort.
package struct GroupTotals: Sendable, Equatable {
  /// The flag's name, or what `LaneLayout.label(ofGroup:)` says for routes with a fixed cohort.
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
  /// From the end of the request head to the first byte of the answer.
  package let firstByte: Histogram
  /// From the end of the request head to the last byte of the answer.
  package let total: Histogram
  private let counters: [UInt64]

  package subscript(counter: CohortCounter) -> UInt64 { counters[counter.index] }

  /// Requests that have started and not finished. Never negative, since lanes are read from the end.
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

/// How often Turnout gave one kind of answer by itself.
package struct LocalResponseTotal: Sendable, Equatable {
  package let label: LocalResponseLabel
  package let count: UInt64
}
