import Admin

/// The table of cohorts, two lines for each flag and more where attempts failed or users had no key:
///
///     UNIFIED_CONVERSATION_ENABLED                                  ms to first byte
///       cohort      requests       5xx  errors  in flight     p50     p95     p99
///       legacy         90120   <0.01 %       3         12    1.21    3.40    9.81
extension StatusReport {
  var cohorts: [String] {
    var lines: [String] = []
    for flag in unique(document.cohorts.map(\.flag)) {
      let name = Console.printable(flag)
      if !lines.isEmpty { lines.append("") }
      lines.append(Column.left(name, 57) + "   ms to first byte")
      lines.append(Self.heading)
      lines += document.cohorts.filter { $0.flag == flag }.flatMap(self.lines)
    }
    return lines
  }

  private static let heading = row("cohort", "requests", "5xx", "errors", "in flight", ["p50", "p95", "p99"])

  private func lines(of cohort: StatusDocument.CohortCounters) -> [String] {
    let latency = cohort.firstByteMilliseconds
    let failed = cohort.errors.named.filter { $0.count > 0 }
    let row = Self.row(
      Console.printable(cohort.cohort), Column.count(cohort.requests),
      Column.share(cohort.requestsByStatus["5xx"] ?? 0, of: cohort.requests),
      Column.count(cohort.failed), Column.count(cohort.inFlight),
      [latency.p50, latency.p95, latency.p99].map(Column.number))
    var lines = [row]
    if !failed.isEmpty {
      lines.append(
        "    attempts: " + failed.map { "\($0.count) \(Self.words[$0.name] ?? $0.name)" }.joined(separator: ", "))
    }
    if cohort.anonymous > 0 {
      let share = Column.share(cohort.anonymous, of: cohort.requests)
      lines.append("    without a user key: \(cohort.anonymous) (\(share))")
    }
    return lines
  }

  private static let words = [
    "connect": "could not connect", "timeout": "timed out", "reset": "cut off", "bad_answer": "bad answers",
    "5xx": "answered 5xx",
  ]

  private static func row(
    _ cohort: String, _ requests: String, _ share: String, _ errors: String, _ inFlight: String, _ times: [String]
  ) -> String {
    "  " + Column.left(cohort, 8) + Column.right(requests, 12) + Column.right(share, 10) + Column.right(errors, 8)
      + Column.right(inFlight, 11) + times.map { Column.right($0, 8) }.joined()
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
