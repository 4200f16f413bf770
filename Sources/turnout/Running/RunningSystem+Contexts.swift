import CohortMetrics
import Configuration
import Conversations
import Logging
import Reactor

extension RunningSystem {
  /// What watches the Redis with the contexts; nil: the configuration names none.
  static func contexts(_ configuration: Configuration, _ logger: Logger) throws(SystemError) -> ContextCounting? {
    let settings = configuration.contexts
    guard let address = settings.address else { return nil }
    return try ContextCounting(
      ContextLocation(address: address, caFile: settings.caFile), countEvery: settings.countEvery, logger: logger)
  }
}

extension ContextReading {
  /// For the metrics. What is not known is absent: a 0 would be a measurement.
  var families: [MetricFamily] {
    let always = MetricFamily(
      "turnout_contexts_redis_up", .gauge, help: "Whether the Redis with the contexts answers.", value: .bool(isUp))
    return [always] + serverFamilies + countedFamilies
  }

  private var serverFamilies: [MetricFamily] {
    [
      usedMemoryBytes.map {
        MetricFamily(
          "turnout_contexts_redis_used_memory_bytes", .gauge,
          help: "Memory that the Redis with the contexts uses for all that it holds.", value: .integer($0))
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
        "turnout_context_keys", .gauge, help: "Keys of contexts when they were last counted, by kind.",
        samples: ContextKeyKind.allCases.map { kind in
          MetricSample(.integer(counted.keys[kind] ?? 0), labels: [MetricLabel("kind", kind.rawValue)])
        }),
      MetricFamily(
        "turnout_context_keys_counted_timestamp_seconds", .gauge,
        help: "When the keys of contexts were last counted, in seconds since 1970.",
        value: .integer(UInt64(clamping: counted.atSeconds))),
    ]
  }
}
