/// What is known of the flags in force, of where they come from, and of the process.
extension ControlReading {
  package var families: [MetricFamily] {
    flagFamilies + sourceFamilies + redisFamilies + accessLogFamilies + ownFamilies + usageFamilies
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

  private var sourceFamilies: [MetricFamily] {
    [
      gauge(
        "turnout_flag_source_valid",
        help: "1 when the flag source holds what is in force, 0 while the last good flags serve on.",
        .bool(sourceIsValid)),
      gauge("turnout_flag_source_away", help: "1 while the flag source cannot be read at all.", .bool(sourceIsAway)),
      gauge(
        "turnout_flag_source_lost",
        help: "1 while everyone goes to legacy because the flag source was away for too long.", .bool(isSourceLost)),
      gauge(
        "turnout_flag_source_stale_seconds",
        help: "Seconds since the flag source last said what is in force, 0 while it is valid.", .integer(staleSeconds)),
      counter(
        "turnout_flag_reloads_total", help: "Changes of the flag source that were taken over.", .integer(reloads)),
      counter(
        "turnout_flag_rejected_changes_total", help: "Changes of the flag source that were invalid.",
        .integer(rejectedChanges)),
      gauge(
        "turnout_local_kill", help: "1 while the kill switch of this proxy outranks the flag source.",
        .bool(isKilledLocally)),
    ]
  }

  /// Absent while nothing is known: a 0 would be a measurement.
  private var redisFamilies: [MetricFamily] {
    [
      redisUsedBytes.map {
        gauge(
          "turnout_redis_used_memory_bytes", help: "Memory that the Redis with the flags uses for all that it holds.",
          .integer($0))
      },
      redisMaximumBytes.map {
        gauge(
          "turnout_redis_max_memory_bytes", help: "Memory that the Redis with the flags may use (maxmemory).",
          .integer($0))
      },
    ].compactMap(\.self)
  }

  private var ownFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_build_info", .gauge, help: "Always 1; the label says which version runs.",
        samples: [MetricSample(.integer(1), labels: [MetricLabel("version", version)])]),
      gauge("turnout_workers", help: "Worker threads; each fills at most one processor.", .integer(UInt64(workers))),
      gauge("turnout_draining", help: "1 while the process finishes its last requests.", .bool(isDraining)),
    ]
  }

  /// With the names and units that Prometheus gives to what is known of any process
  /// (prometheus.io/docs/instrumenting/writing_clientlibs, "Process metrics").
  private var usageFamilies: [MetricFamily] {
    let start = gauge(
      "process_start_time_seconds", help: "When the process started, in seconds since 1970.",
      .decimal(startTimeSeconds))
    guard let usage else { return [start] }
    let families = [
      start,
      counter(
        "process_cpu_seconds_total", help: "Time on the processors, in user and kernel mode.",
        .decimal(usage.cpuSeconds)),
      gauge(
        "process_resident_memory_bytes", help: "Memory of the process that is in RAM.", .integer(usage.residentBytes)),
      gauge("process_virtual_memory_bytes", help: "Address space of the process.", .integer(usage.virtualBytes)),
      gauge("process_open_fds", help: "Open descriptors.", .integer(usage.openDescriptors)),
      gauge("process_threads", help: "Threads of the process.", .integer(usage.threads)),
    ]
    guard let maximum = usage.maximumDescriptors else { return families }
    return families + [gauge("process_max_fds", help: "Descriptors that may be open.", .integer(maximum))]
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
