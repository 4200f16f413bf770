package import Redis

/// Spares callers a server that is away: after a failure it is not asked for a while, then one caller tries, and the
/// others go on failing at once until that one has found out.
///
///     closed --failed--> open (pause) --passed--> one tries --succeeded--> closed
///                          ^                         |
///                          +---------failed----------+
///
/// Moments are nanoseconds of the monotonic clock.
package struct Breaker: Sendable {
  private let pause: UInt64
  private var away: (error: RedisError, until: UInt64)?

  package init(pauseNanoseconds: UInt64) { pause = pauseNanoseconds }

  /// Why the server is not to be asked now; nil: ask, and tell what became of it.
  package mutating func refusal(now: UInt64) -> RedisError? {
    guard let (error, until) = away else { return nil }
    if now < until { return error }
    // Who asks now tries for all; should it never tell, another tries after the pause.
    away = (error, now &+ pause)
    return nil
  }

  /// The same, for someone who may not ask in the end: nobody is let through for it.
  package func isOpen(now: UInt64) -> RedisError? { away.flatMap { now < $0.until ? $0.error : nil } }

  package mutating func failed(_ error: RedisError, now: UInt64) { away = (error, now &+ pause) }

  package mutating func succeeded() { away = nil }
}
