package import CohortMetrics
internal import FlagStore
internal import Reactor
package import Statistics
internal import Synchronization

/// Reads the counters each second and at each change of the flags, on its own thread.
///
///     each second -- read --> differences to the last reading --> open windows
///     a change    -- read --> the same, then the windows of the flags whose split changed are cut
///
/// A change wakes the thread, so the reading follows the publication by some 50 microseconds, and the publisher never
/// waits. A request that was decided before the cut and ends after it counts where it ends, in the cohort that was decided.
final class WindowRecorder: Sendable {
  private let windows: LockedWindows
  private let sources: WindowSources
  private let changes = Mutex<[FlagSourceStatus]>([])
  private let loop = Mutex<BackgroundLoop?>(nil)
  /// The thresholds in force, by flag.
  private let thresholds = Mutex<[Int: LatencyThresholds]>([:])

  /// Changes that may wait for the thread; a further one replaces the last.
  private static let changeLimit = 256

  init(_ windows: LockedWindows, _ sources: WindowSources) {
    self.windows = windows
    self.sources = sources
  }

  func start() throws(SystemError) {
    let loop = try BackgroundLoop(name: "windows", priority: .background) { [self] in
      turn(at: .now())
      // Until the next whole second of the wall clock.
      return Deadline(after: .milliseconds(1_000 - ClockReading.now().wall % 1_000))
    }
    self.loop.withLock { $0 = loop }
  }

  /// Everything counted until now is in the windows when this returns.
  func stop() {
    if let loop = loop.withLock({ $0.take() }) {
      loop.stop()
      loop.join()
      turn(at: .now())
    }
    let now = ClockReading.now().wall
    windows.with { content in
      for index in content.local.flags.indices { content.local.flags[index].closeSecond(at: now) }
    }
  }

  /// The thresholds of that flag now; nil before legacy has enough requests.
  func thresholds(flag: Int) -> LatencyThresholds? { thresholds.withLock { $0[flag] } }

  func publish(_ status: FlagSourceStatus) {
    changes.withLock { changes in
      if changes.count == Self.changeLimit { changes.removeLast() }
      changes.append(status)
    }
    loop.withLock { $0?.wake() }
  }

  /// Records one reading, and the changes before it.
  func turn(at now: ClockReading) {
    let changes = changes.withLock { changes in
      defer { changes = [] }
      return changes
    }
    let hasMinuteEnded = windows.with { $0.local.isMinuteOver(at: now) }
    var readings = sources.read()
    // Every window begins a new sample of users and holds all users seen until its end.
    if hasMinuteEnded || !changes.isEmpty {
      for (index, users) in sources.renewUsers().prefix(readings.count).enumerated() { readings[index].users = users }
    }
    let counted = readings
    windows.with { content in
      content.local.record(counted, at: now)
      for change in changes { content.local.publish(change, at: now) }
    }
    renewThresholds(at: now, all: hasMinuteEnded)
  }

  /// Computes the thresholds of all flags, or only of those that have none yet, so that a rollout that has just begun does
  /// not wait for the end of a minute.
  func renewThresholds(at now: ClockReading, all: Bool = true) {
    let flags = windows.with { $0.local.flags }
    thresholds.withLock { thresholds in
      for (index, flag) in flags.enumerated() where all || thresholds[index] == nil {
        guard let new = LatencyThresholds(flag, now: now.wall) else { continue }
        thresholds[index] = new
        sources.setThresholds(index, new)
      }
    }
  }
}

/// Where the counts come from, and where settings of the data plane go: `CohortMetrics` in a running proxy.
package struct WindowSources: Sendable {
  /// One tally for each flag, in the order of their numbers: all counts since the start, and the users since the last
  /// `renewUsers`.
  package var read: @Sendable () -> [Tally]
  /// Begins a new sample of users and returns the one that ended, for each flag.
  package var renewUsers: @Sendable () -> [UserSample]
  /// Sets from when on a request of that flag counts as slow.
  package var setThresholds: @Sendable (_ flag: Int, LatencyThresholds) -> Void

  package init(
    read: @escaping @Sendable () -> [Tally], renewUsers: @escaping @Sendable () -> [UserSample],
    setThresholds: @escaping @Sendable (_ flag: Int, LatencyThresholds) -> Void
  ) {
    self.read = read
    self.renewUsers = renewUsers
    self.setThresholds = setThresholds
  }

  package init(_ metrics: CohortMetrics) {
    self.init(
      read: { metrics.tallies() }, renewUsers: { metrics.renewUsers() },
      setThresholds: { metrics.setLatencyThresholds(flag: $0, slow: $1.slow, slowest: $1.slowest) })
  }
}
