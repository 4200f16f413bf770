internal import CohortMetrics
internal import Concurrency
internal import FlagStore
internal import Flags
internal import FoundationEssentials
internal import Statistics

extension AdminView {
  /// The status now. Its flags are those by which the workers decide, not those of the source.
  var statusDocument: StatusDocument {
    let (snapshot, totals, isDraining) = (flags.load(), metrics.totals(), isDraining())
    let source = flagSource()
    var document = StatusDocument(
      version: process.version, pid: process.processID, startedAt: Timestamp.text(seconds: process.startedAtSeconds),
      uptimeSeconds: process.uptimeSeconds, ready: !isDraining, draining: isDraining, workers: process.workers,
      listen: process.listen, generation: snapshot.generation, flags: snapshot.flags.map(StatusDocument.FlagState.init),
      flagSource: StatusDocument.FlagSource(source),
      cohorts: totals.shownGroups.flatMap(StatusDocument.CohortCounters.both),
      localResponses: totals.localResponses.filter { $0.count > 0 }.map(StatusDocument.LocalResponse.init),
      connections: StatusDocument.Connections(totals))
    if source.isOverridden {
      for stored in source.stored {
        guard let index = document.flags.firstIndex(where: { $0.name == stored.name }) else { continue }
        document.flags[index].storedEnabled = stored.isEnabled
      }
    }
    document.adminRefused = Dictionary(uniqueKeysWithValues: refusals.counts.map { ($0.reason, $0.count) })
    return document
  }
}

extension MetricTotals {
  /// The flags, then the routes with a fixed cohort if they have requests.
  fileprivate var shownGroups: [GroupTotals] {
    guard let fixed = groups.last, fixed.legacy[.started] == 0, fixed.unified[.started] == 0 else { return groups }
    return groups.dropLast()
  }
}

extension StatusDocument.FlagSource {
  fileprivate init(_ status: FlagSourceStatus) {
    self.init(
      path: AbsolutePath.of(status.path), valid: status.isValid, error: status.error,
      errorSince: status.errorSinceSeconds.map(Timestamp.text),
      rejectedChanges: status.rejectedCount, reloads: status.reloadCount)
    away = status.isAway
    staleSeconds = status.staleSeconds
    origin = status.origin.rawValue
    localKill = status.localKill
    storeLost = status.isStoreLost
  }
}

extension StatusDocument.Connections {
  fileprivate init(_ totals: MetricTotals) {
    self.init(
      open: totals.openClientConnections, accepted: totals[.connectionsAccepted],
      acceptPauses: totals[.acceptPauses])
  }
}

extension StatusDocument.LocalResponse {
  fileprivate init(_ total: LocalResponseTotal) {
    self.init(status: total.label.status, reason: total.label.reason, count: total.count)
  }
}

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
    badResponse = totals[.errorBadResponse]
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

/// Makes a configured path absolute, so that readers in other folders can open it. Addresses of servers stay as they are.
enum AbsolutePath {
  static func of(_ path: String) -> String {
    guard !["/", "redis://", "rediss://", "unix:"].contains(where: { path.hasPrefix($0) }) else { return path }
    let folder = FileManager.default.currentDirectoryPath
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}
