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

  /// What the process uses of the machine.
  package struct Usage: Sendable, Equatable {
    package var cpuSeconds: Double
    package var residentBytes: UInt64
    package var virtualBytes: UInt64
    package var openDescriptors: UInt64
    /// Nil: no limit.
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
  package var workers = 1
  /// Nil: not known.
  package var usage: Usage?
  /// Those that are in force, each name once.
  package var flags: [Flag] = []
  package var generation: UInt64 = 0
  /// Whether what the source holds now is what is in force.
  package var sourceIsValid = true
  /// Whether the source cannot be read at all.
  package var sourceIsAway = false
  package var rejectedChanges: UInt64 = 0
  /// Changes of the source that were taken over.
  package var reloads: UInt64 = 0
  /// Seconds since the source last said what is in force; 0 while it is valid.
  package var staleSeconds: UInt64 = 0
  package var isKilledLocally = false
  /// Whether everyone goes to `legacy` because the source was away for too long.
  package var isSourceLost = false
  /// Of the Redis that keeps the flags; nil: no Redis, or it does not tell.
  package var redisUsedBytes: UInt64?
  /// What it may use at most; nil: no limit, or not known.
  package var redisMaximumBytes: UInt64?
  package var isDraining = false
  package var accessLog = AccessLog()

  package init(version: String, startTimeSeconds: Double) {
    self.version = version
    self.startTimeSeconds = startTimeSeconds
  }
}
