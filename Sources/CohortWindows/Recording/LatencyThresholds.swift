import Statistics

/// From how long on a request is slow, and one of the slowest: the 95th and the 99th percentile of what legacy took in the
/// last 15 minutes, and a millisecond more. They are renewed once a minute, so that a window has one reference but for its
/// first moments. With fewer than 200 durations the last ones stay.
///
/// The millisecond: where nearly all requests take 0.2 ms, a path that takes 0.05 ms more for a tenth of them is slower than
/// legacy's p95 for certain, and for nobody.
///
/// Both are set together, from as many durations, though 200 tell little about a 99th percentile: three in a hundred may
/// take longer in truth, or three in a thousand. That harms no verdict. Whatever the reference is, both cohorts are judged by
/// the same, and it was fixed before their requests came. It only moves what is looked at: the slowest 1 % more or less. To
/// wait for 1000 durations would leave a service with a request a second or less without any verdict of safe.
package struct LatencyThresholds: Sendable, Equatable {
  /// In nanoseconds.
  package let slow: UInt64
  /// In nanoseconds; never less than `slow`.
  package let slowest: UInt64

  static let minutes = 15
  static let leastDurations: UInt64 = 200
  static let toleranceNanoseconds = 1_000_000.0

  package init(slow: UInt64, slowest: UInt64) { (self.slow, self.slowest) = (slow, slowest) }

  /// Nil: as before.
  init?(_ windows: FlagWindows, now: Int) {
    let first = Resolution.minute.number(of: now) - Self.minutes
    var durations = windows.minute.content.legacy.durations
    for kept in windows.minutes.all where Resolution.minute.number(of: kept.from) >= first {
      if let tally = try? Tally(encoded: kept.bytes) { durations.merge(tally.legacy.durations) }
    }
    guard durations.count >= Self.leastDurations, let slow = durations.quantile(0.95),
      let slowest = durations.quantile(0.99)
    else { return nil }
    (self.slow, self.slowest) = (UInt64(slow + Self.toleranceNanoseconds), UInt64(slowest + Self.toleranceNanoseconds))
  }
}
