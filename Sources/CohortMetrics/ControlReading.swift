/// What the control plane knows at a scrape and no worker counts. Pass its `families` to `CohortMetrics.prometheusText` as
/// `extra`.
package struct ControlReading: Sendable, Equatable {
  package struct Flag: Sendable, Equatable {
    package var name: String
    package var isEnabled: Bool
    /// 0 ... 100. A disabled flag keeps it.
    package var percentage: Double
    package var revision: UInt64

    package init(name: String, isEnabled: Bool, percentage: Double, revision: UInt64) {
      self.name = name
      self.isEnabled = isEnabled
      self.percentage = percentage
      self.revision = revision
    }
  }

  /// Resources that the process uses.
  package struct Usage: Sendable, Equatable {
    package var cpuSeconds: Double
    package var residentBytes: UInt64
    package var virtualBytes: UInt64
    package var openDescriptors: UInt64
    /// `nil` means no limit.
    package var maximumDescriptors: UInt64?
    package var threads: UInt64

    package init(
      cpuSeconds: Double, residentBytes: UInt64, virtualBytes: UInt64, openDescriptors: UInt64,
      maximumDescriptors: UInt64?, threads: UInt64
    ) {
      self.cpuSeconds = cpuSeconds
      self.residentBytes = residentBytes
      self.virtualBytes = virtualBytes
      self.openDescriptors = openDescriptors
      self.maximumDescriptors = maximumDescriptors
      self.threads = threads
    }
  }

  /// Lines of the access log; all 0 without one.
  package struct AccessLog: Sendable, Equatable {
    package var written: UInt64 = 0
    package var dropped: UInt64 = 0
    package var writeErrors: UInt64 = 0

    package init() {}
  }

  package var version: String
  /// Seconds since 1970.
  package var startTimeSeconds: Double
  package var workers = 1
  /// `nil` means not known.
  package var usage: Usage?
  /// The flags in force, each name once.
  package var flags: [Flag] = []
  package var generation: UInt64 = 0
  /// Whether the flags in force are what the source holds now.
  package var sourceIsValid = true
  /// Whether the source cannot be read.
  package var sourceIsAway = false
  package var rejectedChanges: UInt64 = 0
  /// Changes of the source that came into force.
  package var reloads: UInt64 = 0
  /// Seconds since the source was last valid; 0 while it is.
  package var staleSeconds: UInt64 = 0
  package var isKilledLocally = false
  /// Whether everyone goes to legacy because the source was away for too long.
  package var isSourceLost = false
  /// Memory of the Redis that keeps the flags; nil without Redis, or when it does not say.
  package var redisUsedBytes: UInt64?
  /// Its memory limit; nil when there is none or it is not known.
  package var redisMaximumBytes: UInt64?
  package var isDraining = false
  package var accessLog = AccessLog()

  package init(version: String, startTimeSeconds: Double) {
    self.version = version
    self.startTimeSeconds = startTimeSeconds
  }
}

// The metrics of the flags in force, their source and the process.
extension ControlReading {
  package var families: [MetricFamily] {
    flagFamilies + sourceFamilies + redisFamilies + accessLogFamilies + processFamilies + usageFamilies
  }

  private var flagFamilies: [MetricFamily] {
    [
      perFlag("turnout_flag_enabled", help: "Whether the flag is enabled.") { .bool($0.isEnabled) },
      perFlag("turnout_flag_percentage", help: "Percentage of users in unified while the flag is enabled.") {
        .decimal($0.percentage)
      },
      perFlag("turnout_flag_revision", help: "Revision of the flag in force.") { .integer($0.revision) },
      gauge("turnout_flag_generation", help: "Generation of the flags in force.", .integer(generation)),
    ]
  }

  private var accessLogFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_access_log_lines_total", .counter, help: "Lines written to the access log.",
        value: .integer(accessLog.written)),
      MetricFamily(
        "turnout_access_log_dropped_total", .counter,
        help: "Lines of the access log dropped because writing could not keep up with the requests.",
        value: .integer(accessLog.dropped)),
      MetricFamily(
        "turnout_access_log_write_errors_total", .counter,
        help: "Failed attempts to write or open the access log.", value: .integer(accessLog.writeErrors)),
    ]
  }

  private var sourceFamilies: [MetricFamily] {
    [
      gauge(
        "turnout_flag_source_valid",
        help: "1 when the flag source is valid and in force, 0 while the last good flags stay in force.",
        .bool(sourceIsValid)),
      gauge("turnout_flag_source_away", help: "1 while the flag source cannot be read.", .bool(sourceIsAway)),
      gauge(
        "turnout_flag_source_lost",
        help: "1 while everyone goes to legacy because the flag source was away for too long.", .bool(isSourceLost)),
      gauge(
        "turnout_flag_source_stale_seconds",
        help: "Seconds since the flag source was last valid, 0 while it is.", .integer(staleSeconds)),
      counter(
        "turnout_flag_reloads_total", help: "Changes of the flag source that came into force.", .integer(reloads)),
      counter(
        "turnout_flag_rejected_changes_total", help: "Changes of the flag source that were rejected as invalid.",
        .integer(rejectedChanges)),
      gauge(
        "turnout_local_kill", help: "1 while the local kill of this proxy overrides the flag source.",
        .bool(isKilledLocally)),
    ]
  }

  /// Absent while not known: a 0 would look like a measurement.
  private var redisFamilies: [MetricFamily] {
    [
      redisUsedBytes.map {
        gauge(
          "turnout_redis_used_memory_bytes", help: "Memory used by the Redis with the flags.",
          .integer($0))
      },
      redisMaximumBytes.map {
        gauge(
          "turnout_redis_max_memory_bytes", help: "Memory that the Redis with the flags may use (maxmemory).",
          .integer($0))
      },
    ].compactMap(\.self)
  }

  private var processFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_build_info", .gauge, help: "Always 1; the label is the version.",
        samples: [MetricSample(.integer(1), labels: [MetricLabel("version", version)])]),
      gauge("turnout_workers", help: "Worker threads; each fills at most one processor.", .integer(UInt64(workers))),
      gauge("turnout_draining", help: "1 while the process finishes its last requests.", .bool(isDraining)),
    ]
  }

  /// The standard process metrics of Prometheus (prometheus.io/docs/instrumenting/writing_clientlibs, "Process metrics").
  private var usageFamilies: [MetricFamily] {
    let start = gauge(
      "process_start_time_seconds", help: "When the process started, in seconds since 1970.",
      .decimal(startTimeSeconds))
    guard let usage else { return [start] }
    let families = [
      start,
      counter(
        "process_cpu_seconds_total", help: "Processor time, in user and kernel mode.",
        .decimal(usage.cpuSeconds)),
      gauge(
        "process_resident_memory_bytes", help: "Resident memory.", .integer(usage.residentBytes)),
      gauge("process_virtual_memory_bytes", help: "Virtual memory.", .integer(usage.virtualBytes)),
      gauge("process_open_fds", help: "Open file descriptors.", .integer(usage.openDescriptors)),
      gauge("process_threads", help: "Threads of the process.", .integer(usage.threads)),
    ]
    guard let maximum = usage.maximumDescriptors else { return families }
    return families + [gauge("process_max_fds", help: "Limit of open file descriptors.", .integer(maximum))]
  }

  private func perFlag(_ name: String, help: String, _ value: (Flag) -> MetricValue) -> MetricFamily {
    MetricFamily(
      name, .gauge, help: help, samples: flags.map { MetricSample(value($0), labels: [MetricLabel("flag", $0.name)]) })
  }

  private func gauge(_ name: String, help: String, _ value: MetricValue) -> MetricFamily {
    MetricFamily(name, .gauge, help: help, value: value)
  }

  private func counter(_ name: String, help: String, _ value: MetricValue) -> MetricFamily {
    MetricFamily(name, .counter, help: help, value: value)
  }
}
