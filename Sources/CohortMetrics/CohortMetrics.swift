package import Sharing
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

  /// `lanes` has one lane for each worker, all laid out by `layout`.
  package init(layout: LaneLayout, lanes: [CounterLane]) {
    precondition(lanes.allSatisfy { $0.count == layout.counterCount })
    self.layout = layout
    self.lanes = lanes
  }

  package func totals() -> MetricTotals {
    var counters = [UInt64](repeating: 0, count: layout.counterCount)
    for lane in lanes { lane.addValues(to: &counters) }
    return MetricTotals(counters: counters, layout: layout)
  }

  /// The body of `GET /metrics`, of type `PrometheusText.contentType`: the families of `totals`, then those of the caller,
  /// whose names have to differ from these and from each other.
  package func prometheusText(_ totals: MetricTotals, extra: [MetricFamily] = []) -> [UInt8] {
    PrometheusText.encode(totals.cohortFamilies + totals.workerFamilies + extra)
  }
}
