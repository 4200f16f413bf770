internal import CohortMetrics
internal import Flags
internal import Statistics

extension StatusDocument.CohortCounters {
  /// Legacy, then unified.
  static func both(of group: GroupTotals) -> [Self] {
    Cohort.allCases.map { Self(flag: group.label, cohort: $0.description, group[$0]) }
  }

  private init(flag: String, cohort: String, _ totals: CohortTotals) {
    self.init(flag: flag, cohort: cohort)
    requests = totals[.finished]
    requestsByStatus = [
      "2xx": totals[.status2xx], "3xx": totals[.status3xx], "4xx": totals[.status4xx], "5xx": totals[.status5xx],
      "other": totals[.statusOther],
    ]
    failed = totals[.errors]
    errors = StatusDocument.Errors(totals)
    retries = totals[.retries]
    anonymous = totals[.anonymous]
    inFlight = totals.inFlight
    bytesIn = totals[.bytesIn]
    bytesOut = totals[.bytesOut]
    firstByteMilliseconds = StatusDocument.Latency(totals.firstByte)
    totalMilliseconds = StatusDocument.Latency(totals.total)
  }
}

extension StatusDocument.Errors {
  fileprivate init(_ totals: CohortTotals) {
    self.init()
    connect = totals[.errorConnect]
    timeout = totals[.errorTimeout]
    reset = totals[.errorReset]
    badAnswer = totals[.errorBadResponse]
    serverErrors = totals[.error5xx]
  }
}

extension StatusDocument.Latency {
  fileprivate init(_ histogram: Histogram) {
    self.init()
    let milliseconds = { (nanoseconds: Double?) in nanoseconds.map { ($0 / 1_000).rounded() / 1_000 } }
    p50 = milliseconds(histogram.quantile(0.5))
    p90 = milliseconds(histogram.quantile(0.9))
    p95 = milliseconds(histogram.quantile(0.95))
    p99 = milliseconds(histogram.quantile(0.99))
    p999 = milliseconds(histogram.quantile(0.999))
    mean = milliseconds(histogram.mean)
  }
}
