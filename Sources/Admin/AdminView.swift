package import CohortMetrics
package import Concurrency
package import FlagStore
package import Flags
internal import JSON
internal import LocalServer
internal import Reactor

/// Everything that the admin server sees. It only reads, and its sources do not notice: the data plane neither waits for it
/// nor knows it.
package struct AdminView: Sendable {
  package var process: ProcessFacts
  package var metrics: CohortMetrics
  /// The snapshot by which every worker decides.
  package var flags: Published<FlagSnapshot>
  package var flagSource: @Sendable () -> FlagSourceStatus
  /// Whether the process finishes its last requests.
  package var isDraining: @Sendable () -> Bool

  /// Where flags are edited; nil when they cannot be edited here.
  package var store: StoreJobQueue?
  /// What the local kill acts on; nil without one.
  package var inForce: FlagsInForce?
  /// The cohorts over time; nil when nothing records them.
  package var history: HistoryView?
  /// Runs queries about the cohorts over time: a week of minutes takes a while.
  var queries: JobQueue?
  /// Feeds the event streams; nil without any.
  var publisher: EventPublisher?
  /// Further metrics of the control plane.
  package var moreFamilies: @Sendable () -> [MetricFamily] = { [] }
  /// Counts of the access log; nil without one.
  package var accessLog: (@Sendable () -> ControlReading.AccessLog)?
  package let refusals = RefusalCounters()

  package init(
    process: ProcessFacts, metrics: CohortMetrics, flags: Published<FlagSnapshot>,
    flagSource: @escaping @Sendable () -> FlagSourceStatus, isDraining: @escaping @Sendable () -> Bool
  ) {
    self.process = process
    self.metrics = metrics
    self.flags = flags
    self.flagSource = flagSource
    self.isDraining = isDraining
  }
}

/// What does not change while the process runs.
package struct ProcessFacts: Sendable, Equatable {
  package var version: String
  package var processID: Int
  package var workers: Int
  /// With the ports actually bound: "127.0.0.1:8080".
  package var listen: [String]
  /// Seconds since 1970.
  package var startedAtSeconds: Int
  /// Nanoseconds of the monotonic clock.
  package var startedAtMonotonic: UInt64

  package init(
    version: String, processID: Int, workers: Int, listen: [String], startedAtSeconds: Int = WallClock.seconds(),
    startedAtMonotonic: UInt64 = MonotonicClock.now()
  ) {
    self.version = version
    self.processID = processID
    self.workers = workers
    self.listen = listen
    self.startedAtSeconds = startedAtSeconds
    self.startedAtMonotonic = startedAtMonotonic
  }

  var uptimeSeconds: Int { Int((MonotonicClock.now() &- startedAtMonotonic) / 1_000_000_000) }
}

/// The body of an unsuccessful response: what is wrong, and which paths to try instead.
struct ErrorBody: Codable, Equatable {
  var error: String
  var paths: [String]? = nil

  enum CodingKeys: String, CodingKey {
    case error
    case paths = "try"
  }

  func response(status: Int) -> Response { .json(JSONText.body(self), status: status) }
}
