/// What is due, and when: a sample every 15 seconds, a walk over the keys every so often, and after each step of a walk
/// a rest. Moments and durations are nanoseconds of the monotonic clock.
///
///     sample    sample    sample    sample
///     |step rest step rest ... step|            |step rest ...
///     <-------- interval, at least -------------->
///
/// A rest is 49 times as long as its step took, the way there and back included: Redis spends at most 2 % of its one
/// thread on a walk, and less when it is slow because it has other things to do. Three proxies that count the same keys
/// are still about 5 %.
struct CountingPlan: Sendable, Equatable {
  enum Turn: Equatable {
    case sample
    case step
    case wait(UInt64)
  }

  static let sampleInterval: UInt64 = 15_000_000_000
  static let restFactor: UInt64 = 49

  /// From the beginning of a walk to that of the next; nil: keys are not counted.
  private let interval: UInt64?
  private var sampleAt: UInt64
  private var stepAt: UInt64?
  /// When the walk that is under way began.
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

  /// - Parameter isLast: the walk is complete. A walk that took longer than the interval is followed by the next at once.
  mutating func stepped(from begin: UInt64, to end: UInt64, isLast: Bool) {
    let rested = end &+ (end &- begin) &* Self.restFactor
    let walk = begunAt ?? begin
    begunAt = isLast ? nil : walk
    stepAt = isLast ? max(rested, walk &+ (interval ?? 0)) : rested
  }

  /// The server is away: it is asked again with the next sample, and a walk begins anew.
  mutating func lost(at now: UInt64) {
    sampleAt = now &+ Self.sampleInterval
    refused(at: now)
  }

  /// The server does not let us walk: once more after a while.
  mutating func refused(at now: UInt64) {
    begunAt = nil
    if stepAt != nil { stepAt = now &+ Self.sampleInterval }
  }
}
