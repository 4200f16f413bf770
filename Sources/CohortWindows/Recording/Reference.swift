import Statistics

/// From how long on a request is slow: the 95th percentile of what legacy took in the last 15 minutes. It is renewed once
/// a minute, so that a window has one reference but for its first moments. With fewer than 200 durations the last one
/// stays: a percentile of few is mostly chance.
enum Reference {
  static let minutes = 15
  static let leastDurations: UInt64 = 200
  static let quantile = 0.95

  /// In nanoseconds; nil: as before.
  static func nanoseconds(_ windows: FlagWindows, now: Int) -> UInt64? {
    let first = Resolution.minute.number(of: now) - minutes
    var durations = Histogram()
    for kept in windows.minutes.all where Resolution.minute.number(of: kept.from) >= first {
      if let tally = try? Tally(encoded: kept.bytes) { durations.merge(tally.legacy.durations) }
    }
    guard durations.count >= leastDurations, let nanoseconds = durations.quantile(quantile) else { return nil }
    return UInt64(nanoseconds)
  }
}
