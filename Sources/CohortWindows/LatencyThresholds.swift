internal import Statistics

/// The durations from which on a request counts as slow, and as one of the slowest: the 95th and 99th percentile of legacy
/// in the last 15 minutes, plus a millisecond. They are computed once a minute, so nearly all of a window has the same
/// ones. With fewer than 200 durations the last ones stay.
///
/// Why the millisecond: where nearly all requests take 0.2 ms, another 0.05 ms for a tenth of them is certainly slower than
/// legacy's p95, and no user notices.
///
/// Why 200 durations suffice: they say little about a 99th percentile, and in truth 0.3 to 3 % of the requests may take
/// longer. No verdict becomes wrong by that, because both cohorts are measured by the same threshold, fixed before their
/// requests came; only the share that counts as slowest differs from 1 %. Waiting for 1,000 durations would leave a service
/// with one request a second without a verdict of safe.
package struct LatencyThresholds: Sendable, Equatable {
  /// In nanoseconds.
  package let slow: UInt64
  /// In nanoseconds; never less than `slow`.
  package let slowest: UInt64

  static let minutes = 15
  static let leastDurations: UInt64 = 200
  static let toleranceNanoseconds = 1_000_000.0

  package init(slow: UInt64, slowest: UInt64) { (self.slow, self.slowest) = (slow, slowest) }

  /// Nil with too few durations.
  init?(_ windows: FlagWindows, now: Int) {
    let first = Resolution.minute.number(of: now) - Self.minutes
    var durations = windows.minute.content.legacy.durations
    for window in windows.minutes.all where Resolution.minute.number(of: window.from) >= first {
      if let tally = try? Tally(encoded: window.bytes) { durations.merge(tally.legacy.durations) }
    }
    guard durations.count >= Self.leastDurations, let slow = durations.quantile(0.95),
      let slowest = durations.quantile(0.99)
    else { return nil }
    (self.slow, self.slowest) = (UInt64(slow + Self.toleranceNanoseconds), UInt64(slowest + Self.toleranceNanoseconds))
  }
}
