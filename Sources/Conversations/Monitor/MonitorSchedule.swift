/// Decides what is due and when: a sample every 15 seconds, a scan of the keys at each interval, and a rest after each
/// step of a scan. Times are nanoseconds of the monotonic clock.
///
///     sample    sample    sample    sample
///     |step rest step rest ... step|            |step rest ...
///     <-------- interval, at least -------------->
///
/// A rest is 24 times as long as its step took, round trip included: Redis spends at most 4 % of its thread on a scan, in
/// practice about half of that, and less while it is busy.
struct MonitorSchedule: Sendable, Equatable {
  enum Turn: Equatable {
    case sample
    case step
    case wait(UInt64)
  }

  static let sampleInterval: UInt64 = 15_000_000_000
  static let restFactor: UInt64 = 24

  /// From the start of a scan to that of the next; nil: keys are not counted.
  private let interval: UInt64?
  private var sampleAt: UInt64
  private var stepAt: UInt64?
  /// When the scan in progress began.
  private var begunAt: UInt64?

  init(countEvery interval: UInt64?, at now: UInt64) {
    self.interval = interval
    sampleAt = now
    stepAt = interval == nil ? nil : now
  }

  func turn(at now: UInt64) -> Turn {
    if now >= sampleAt { return .sample }
    guard let stepAt else { return .wait(sampleAt - now) }
    return now >= stepAt ? .step : .wait(min(sampleAt, stepAt) - now)
  }

  mutating func sampled(at now: UInt64) { sampleAt = now &+ Self.sampleInterval }

  /// - Parameter isLast: the scan is complete. After one that took longer than the interval, the next begins at once.
  mutating func stepped(from begin: UInt64, to end: UInt64, isLast: Bool) {
    let rested = end &+ (end &- begin) &* Self.restFactor
    let walk = begunAt ?? begin
    begunAt = isLast ? nil : walk
    stepAt = isLast ? max(rested, walk &+ (interval ?? 0)) : rested
  }

  /// The server is unreachable: try again with the next sample, and restart the scan.
  mutating func lost(at now: UInt64) {
    sampleAt = now &+ Self.sampleInterval
    refused(at: now)
  }

  /// The server refuses SCAN: try again later.
  mutating func refused(at now: UInt64) {
    begunAt = nil
    if stepAt != nil { stepAt = now &+ Self.sampleInterval }
  }
}
