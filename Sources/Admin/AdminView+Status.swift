internal import CohortMetrics
internal import Concurrency
internal import FlagStore
internal import Flags
internal import Statistics

extension AdminView {
  /// The status at this moment. The flags are those that the workers decide by, not what the source says of itself.
  var statusDocument: StatusDocument {
    let (snapshot, totals, isDraining) = (flags.load(), metrics.totals(), isDraining())
    let source = flagSource()
    var document = StatusDocument(
      version: process.version, pid: process.processID, startedAt: Timestamp.text(seconds: process.startedAtSeconds),
      uptimeSeconds: process.uptimeSeconds, ready: !isDraining, draining: isDraining, workers: process.workers,
      listen: process.listen, generation: snapshot.generation, flags: snapshot.flags.map(StatusDocument.FlagState.init),
      flagSource: StatusDocument.FlagSource(source),
      cohorts: totals.shownGroups.flatMap(StatusDocument.CohortCounters.both),
      ownAnswers: totals.ownAnswers.filter { $0.count > 0 }.map(StatusDocument.LocalResponse.init),
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
  /// The flags, and the routes with a fixed cohort, which come last, once they were used.
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
