import CohortMetrics
import Configuration
import Conversations
import Flags
import Logging
import Proxy
import Reactor

extension RunningSystem {
  /// The configured access log, opened; nil if none is configured.
  static func accessLog(_ configuration: Configuration, _ logger: Logger) throws -> AccessLog? {
    let settings = configuration.proxy.accessLog
    let hash =
      settings.hashesUsers ? try AccessLogKey.readOrCreate(AccessLogKey.path(in: configuration.state)) : nil
    do throws(SystemError) {
      return try AccessLog.open(configuration.proxy, hash: hash) { event in
        logger.log(level: event.isGood ? .notice : .warning, "\(event)")
      }
    } catch {
      throw failure(.failed, "the access log cannot be opened: \(error). See access_log.path.")
    }
  }

  var hasAccessLogFile: Bool { accessLog?.isFile ?? false }

  /// How long the last lines may take after the last request, in milliseconds.
  static let accessLogCloseMilliseconds: Int32 = 2_000
}

extension AccessLog {
  /// For the metrics.
  var reading: ControlReading.AccessLog {
    var reading = ControlReading.AccessLog()
    (reading.written, reading.dropped, reading.writeErrors) = (writtenLines, droppedLines, writeErrors)
    return reading
  }
}

extension RunningSystem {
  /// Watches the Redis with the contexts; nil if none is configured.
  static func contexts(_ configuration: Configuration, _ logger: Logger) -> ContextMonitor? {
    let settings = configuration.contexts
    guard let address = settings.address else { return nil }
    let layout: Layout?
    do throws(Configuration.LayoutProblems) { layout = try configuration.contextsLayout() } catch {
      // No request depends on it.
      logger.error("\(error); the keys of contexts are not counted")
      layout = nil
    }
    return ContextMonitor(
      ContextLocation(address: address, caFile: settings.caFile),
      layout ?? Layout(name: "", roles: [:]),
      countEvery: layout == nil ? nil : settings.countEvery.map { .nanoseconds(clamping: $0) }, logger: logger)
  }
}

extension ContextMetrics {
  /// For the metrics. Unknown values are absent: a 0 would be a measurement.
  var families: [MetricFamily] {
    let always = MetricFamily(
      "turnout_contexts_redis_up", .gauge, help: "Whether the Redis with the contexts responds.", value: .bool(isUp))
    return [always] + serverFamilies + countedFamilies
  }

  private var serverFamilies: [MetricFamily] {
    [
      usedMemoryBytes.map {
        MetricFamily(
          "turnout_contexts_redis_used_memory_bytes", .gauge,
          help: "Memory used by the Redis with the contexts for all its data.", value: .integer($0))
      },
      keys.map {
        MetricFamily(
          "turnout_contexts_redis_keys", .gauge,
          help: "Keys of any kind in the database of the Redis with the contexts.", value: .integer($0))
      },
    ].compactMap(\.self)
  }

  private var countedFamilies: [MetricFamily] {
    guard let counted else { return [] }
    return [
      MetricFamily(
        "turnout_context_keys", .gauge, help: "Keys of contexts at the last count, by kind.",
        samples: ContextKeyKind.allCases.map { kind in
          MetricSample(.integer(counted.keys[kind] ?? 0), labels: [MetricLabel("kind", kind.rawValue)])
        }),
      MetricFamily(
        "turnout_context_keys_counted_timestamp_seconds", .gauge,
        help: "Time of the last count of context keys, in seconds since 1970.",
        value: .integer(UInt64(clamping: counted.atSeconds))),
    ] + activityFamilies(counted.activity)
  }

  /// Without samples where there is nothing to tell.
  private func activityFamilies(_ activity: ContextActivity?) -> [MetricFamily] {
    [
      MetricFamily(
        "turnout_contexts_created_15m", .gauge,
        help: "Contexts that began in the 15 minutes before the last count, estimated from a sample.",
        samples: Cohort.allCases.compactMap { cohort in
          activity?.created(cohort).map {
            MetricSample(.decimal($0), labels: [MetricLabel("cohort", cohort.description)])
          }
        }),
      MetricFamily(
        "turnout_contexts_single_exchange_ratio", .gauge,
        help: "Share of the conversations older than 5 minutes with one exchange, from a sample at the last count.",
        samples: (activity?.singleExchangeShare).map { [MetricSample(.decimal($0))] } ?? []),
    ]
  }
}
