/// The answer of `GET /api/v1/windows`: what was counted over time, for charts. Moments are seconds since 1970,
/// latencies milliseconds.
package struct WindowsDocument: Codable, Sendable, Equatable {
  package var flag: String
  /// Seconds that one window is long: 1 or 60. A window that a flag change cut is shorter.
  package var resolution: Int
  /// Of the whole fleet, or of this proxy alone.
  package var fleet: Bool
  /// The oldest first; times without traffic are left out.
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
    /// Null without requests.
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
    /// The kill switch of this proxy alone.
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
