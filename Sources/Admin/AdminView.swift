package import CohortMetrics
package import Concurrency
package import FlagStore
package import Flags
internal import LocalServer

/// All that the admin server gets to see. It reads, and whoever it reads from does not notice: the data plane neither
/// waits for it nor knows of it.
package struct AdminView: Sendable {
  package var process: ProcessFacts
  package var metrics: CohortMetrics
  /// The snapshot that every worker decides by.
  package var flags: Published<FlagSnapshot>
  package var flagSource: @Sendable () -> FlagSourceStatus
  /// Whether the process finishes its last requests.
  package var isDraining: @Sendable () -> Bool

  /// Where flags are edited; nil: they cannot be, here.
  package var store: StoreJobQueue?
  /// What the local kill acts on; nil: there is none.
  package var inForce: FlagsInForce?
  /// The cohorts over time; nil: they are not kept, here.
  package var measured: MeasuredView?
  /// Where questions about the cohorts over time are answered: a week of minutes takes a while.
  var questions: JobQueue?
  /// Tells those who listen; nil: nobody can.
  var live: EventPublisher?
  /// Further metrics of the control plane.
  package var moreFamilies: @Sendable () -> [MetricFamily] = { [] }
  /// What became of the lines of the access log; nil: there is none.
  package var accessLog: (@Sendable () -> ControlReading.AccessLog)?
  /// What the guard refused, since the start.
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
