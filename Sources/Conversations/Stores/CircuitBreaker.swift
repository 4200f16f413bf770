internal import Reactor
package import Redis

/// Fails calls at once while a server is unreachable: after a failure it lets no call through for a pause, then one call
/// as a probe, while the others keep failing until the probe has a result.
///
///     closed --failed--> open (pause) --passed--> half-open: one call --succeeded--> closed
///                          ^                             |
///                          +-----------failed------------+
///
/// Times are nanoseconds of the monotonic clock.
package struct CircuitBreaker: Sendable {
  private let pause: UInt64
  private var open: (error: RedisError, until: UInt64)?

  package init(pause: Duration) { self.pause = pause.nanoseconds }

  /// The error of an open breaker; nil: make the call and report `succeeded` or `failed`.
  package mutating func refusal(now: UInt64) -> RedisError? {
    guard let (error, until) = open else { return nil }
    if now < until { return error }
    // This call is the probe. If it never reports, another one follows after the pause.
    open = (error, now &+ pause)
    return nil
  }

  /// The same for a caller that may not make the call in the end: it does not become the probe.
  package func openError(now: UInt64) -> RedisError? { open.flatMap { now < $0.until ? $0.error : nil } }

  package mutating func failed(_ error: RedisError, now: UInt64) { open = (error, now &+ pause) }

  package mutating func succeeded() { open = nil }
}
