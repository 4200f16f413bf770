/// What the control plane knows at the moment of a scrape and no worker counts, as plain values from the caller. Its
/// `families` go to `CohortMetrics.prometheusText` as `extra`.
package struct ControlReading: Sendable, Equatable {
  package struct Flag: Sendable, Equatable {
    package var name: String
    package var isEnabled: Bool
    /// 0 ... 100, as configured: a disabled flag keeps it.
    package var percentage: Double
    package var revision: UInt64

    package init(name: String, isEnabled: Bool, percentage: Double, revision: UInt64) {
      self.name = name
      self.isEnabled = isEnabled
      self.percentage = percentage
      self.revision = revision
    }
  }

  /// Lines of the access log; all 0 when there is none.
  package struct AccessLog: Sendable, Equatable {
    package var written: UInt64 = 0
    package var dropped: UInt64 = 0
    package var writeErrors: UInt64 = 0

    package init() {}
  }

  package var version: String
  /// Seconds since 1970.
  package var startTimeSeconds: Double
  /// Those that are in force, each name once.
  package var flags: [Flag] = []
  package var generation: UInt64 = 0
  /// Whether what the source holds now is what is in force.
  package var sourceIsValid = true
  package var rejectedChanges: UInt64 = 0
  /// Seconds since the source last said what is in force; 0 while it is valid.
  package var staleSeconds: UInt64 = 0
  package var isKilledLocally = false
  package var isDraining = false
  package var accessLog = AccessLog()

  package init(version: String, startTimeSeconds: Double) {
    self.version = version
    self.startTimeSeconds = startTimeSeconds
  }

  package var families: [MetricFamily] { flagFamilies + sourceFamilies + accessLogFamilies + processFamilies }

  private var flagFamilies: [MetricFamily] {
    [
      perFlag("turnout_flag_enabled", help: "Whether the flag is enabled.") { .bool($0.isEnabled) },
      perFlag("turnout_flag_percentage", help: "Percentage of users in unified while the flag is enabled.") {
        .decimal($0.percentage)
      },
      perFlag("turnout_flag_revision", help: "Revision of the flag in force.") { .integer($0.revision) },
    ]
  }

  private var sourceFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_flag_generation", .gauge, help: "Generation of the flags in force.", value: .integer(generation)),
      MetricFamily(
        "turnout_flag_source_valid", .gauge,
        help: "1 when the flag source holds what is in force, 0 while the last good flags serve on.",
        value: .bool(sourceIsValid)),
      MetricFamily(
        "turnout_flag_source_stale_seconds", .gauge,
        help: "Seconds since the flag source last said what is in force, 0 while it is valid.",
        value: .integer(staleSeconds)),
      MetricFamily(
        "turnout_local_kill", .gauge, help: "1 while the kill switch of this proxy outranks the flag source.",
        value: .bool(isKilledLocally)),
      MetricFamily(
        "turnout_flag_rejected_changes_total", .counter, help: "Changes of the flag source that were invalid.",
        value: .integer(rejectedChanges)),
    ]
  }

  private var accessLogFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_access_log_lines_total", .counter, help: "Lines of the access log that were written.",
        value: .integer(accessLog.written)),
      MetricFamily(
        "turnout_access_log_dropped_total", .counter,
        help: "Lines of the access log that were dropped because they were not taken as fast as requests came.",
        value: .integer(accessLog.dropped)),
      MetricFamily(
        "turnout_access_log_write_errors_total", .counter,
        help: "Attempts to write or to open the access log that failed.", value: .integer(accessLog.writeErrors)),
    ]
  }

  private var processFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_info", .gauge, help: "Always 1; the label says which version runs.",
        samples: [MetricSample(.integer(1), labels: [MetricLabel("version", version)])]),
      MetricFamily(
        "turnout_draining", .gauge, help: "1 while the process finishes its last requests.", value: .bool(isDraining)),
      MetricFamily(
        "process_start_time_seconds", .gauge, help: "When the process started, in seconds since 1970.",
        value: .decimal(startTimeSeconds)),
    ]
  }

  private func perFlag(_ name: String, help: String, _ value: (Flag) -> MetricValue) -> MetricFamily {
    MetricFamily(
      name, .gauge, help: help, samples: flags.map { MetricSample(value($0), labels: [MetricLabel("flag", $0.name)]) })
  }
}
