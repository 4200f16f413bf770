package import CohortWindows
internal import FlagStore
internal import Flags
package import Statistics

/// The document of `GET /api/v1/windows`: counts over time, for charts. Times are seconds since 1970, latencies
/// milliseconds.
package struct WindowsDocument: Codable, Sendable, Equatable {
  package var flag: String
  /// The length of a window in seconds: 1 or 60. A change of the flag cuts windows shorter.
  package var resolution: Int
  /// Whether the counts are those of the whole fleet, not of this proxy alone.
  package var fleet: Bool
  /// The oldest first, without times that had no traffic.
  package var windows: [Window]
  package var marks: [Mark]

  package struct Window: Codable, Sendable, Equatable {
    package var at: Double
    package var seconds: Double
    package var legacy: Figures
    package var unified: Figures

    package init(at: Double, seconds: Double, legacy: Figures, unified: Figures) {
      self.at = at
      self.seconds = seconds
      self.legacy = legacy
      self.unified = unified
    }
  }

  /// All requests of one cohort in one window.
  package struct Figures: Codable, Sendable, Equatable {
    package var requests: UInt64
    package var errors: UInt64
    package var created: UInt64
    /// Nil without requests.
    package var p50: Double?
    package var p95: Double?
    package var p99: Double?

    package init(requests: UInt64 = 0, errors: UInt64 = 0, created: UInt64 = 0) {
      self.requests = requests
      self.errors = errors
      self.created = created
    }

    enum CodingKeys: String, CodingKey {
      case requests, errors, created
      case p50 = "p50_ms"
      case p95 = "p95_ms"
      case p99 = "p99_ms"
    }
  }

  /// A change of the flag.
  package struct Mark: Codable, Sendable, Equatable {
    package var at: Double
    package var revision: Int
    package var enabled: Bool
    package var percentage: Double
    package var by: String?
    package var reason: String?
    /// It concerns this proxy alone.
    package var local: Bool

    package init(
      at: Double, revision: Int, enabled: Bool, percentage: Double, by: String?, reason: String?, local: Bool
    ) {
      self.at = at
      self.revision = revision
      self.enabled = enabled
      self.percentage = percentage
      self.by = by
      self.reason = reason
      self.local = local
    }
  }

  package init(flag: String, resolution: Int, fleet: Bool, windows: [Window], marks: [Mark]) {
    self.flag = flag
    self.resolution = resolution
    self.fleet = fleet
    self.windows = windows
    self.marks = marks
  }
}

extension HistoryView {
  /// From the windows of a running proxy, compared by these settings.
  package init(
    _ windows: CohortWindows, guardrails: GuardrailSettings, isKilledLocally: @escaping @Sendable () -> Bool
  ) {
    self.init(
      comparison: { flag, seconds in
        let scope = seconds.map { Scope.since(seconds: $0) } ?? .stage
        return windows.totals(flag: flag, scope).map {
          ComparisonDocument($0, scope, guardrails, isKilledLocally: isKilledLocally())
        }
      },
      windows: { flag, resolution, from in
        let chart = windows.chart(flag: flag, bySeconds: resolution == 1, from: Int(from * 1_000))
        return chart.map { WindowsDocument($0, resolution: resolution) }
      })
  }
}

extension WindowsDocument {
  init(_ chart: ChartWindows, resolution: Int) {
    self.init(
      flag: chart.flag, resolution: resolution, fleet: chart.isFleet,
      windows: chart.windows.map { window in
        Window(
          at: Double(window.from) / 1_000, seconds: Double(window.milliseconds) / 1_000,
          legacy: Figures(window.tally.legacy), unified: Figures(window.tally.unified))
      },
      marks: chart.marks.map { mark in
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
