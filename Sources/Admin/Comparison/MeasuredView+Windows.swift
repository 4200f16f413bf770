package import CohortWindows
internal import FlagStore
internal import Flags
package import Statistics

extension MeasuredView {
  /// From the windows of a running proxy, judged by these settings.
  package init(
    _ windows: CohortWindows, guardrails: GuardrailSettings, isKilledLocally: @escaping @Sendable () -> Bool
  ) {
    self.init(
      comparison: { flag, seconds in
        let scope = seconds.map { Scope.since(seconds: $0) } ?? .stage
        return windows.measured(flag: flag, scope).map {
          ComparisonDocument($0, scope, guardrails, isKilledLocally: isKilledLocally())
        }
      },
      windows: { flag, resolution, from in
        let charted = windows.charted(flag: flag, bySeconds: resolution == 1, from: Int(from * 1_000))
        return charted.map { WindowsDocument($0, resolution: resolution) }
      })
  }
}

extension WindowsDocument {
  init(_ charted: Charted, resolution: Int) {
    self.init(
      flag: charted.flag, resolution: resolution, fleet: charted.isFleet,
      windows: charted.windows.map { window in
        Window(
          at: Double(window.from) / 1_000, seconds: Double(window.milliseconds) / 1_000,
          legacy: Figures(window.tally.legacy), unified: Figures(window.tally.unified))
      },
      marks: charted.marks.map { mark in
        Mark(
          at: Double(mark.at) / 1_000, revision: mark.revision, enabled: mark.isEnabled,
          percentage: mark.percentage.number, by: mark.by, reason: mark.reason, local: mark.isLocal)
      })
  }
}

extension WindowsDocument.Figures {
  fileprivate init(_ cohort: LightCohort) {
    self.init(requests: cohort.requests, errors: cohort.errors, created: cohort.created)
    let milliseconds = { cohort.durations.quantile($0).map { $0 / 1e6 } }
    (p50, p95, p99) = (milliseconds(0.5), milliseconds(0.95), milliseconds(0.99))
  }
}
