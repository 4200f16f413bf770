internal import Reactor

/// What does not change while the process runs.
package struct ProcessFacts: Sendable, Equatable {
  package var version: String
  package var processID: Int
  package var workers: Int
  /// With the ports that were really taken: "127.0.0.1:8080".
  package var listen: [String]
  /// Seconds since 1970.
  package var startedAtSeconds: Int
  /// Nanoseconds of the monotonic clock, which nobody sets.
  package var startedAtMonotonic: UInt64

  /// Of a process that starts now.
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
