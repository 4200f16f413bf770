import Conversations
import Redis
import TestSupport
import Testing

@Suite("A breaker lets one caller try while a server is away")
struct CircuitBreakerTests {
  private let error = RedisError.timedOut(place: "here", milliseconds: 250)
  private enum Event { case ask(Bool), failed, succeeded }

  @Test("ClockReading by moment")
  func events() {
    var breaker = CircuitBreaker(pause: .nanoseconds(1_000))
    let steps: [(at: UInt64, Event)] = [
      (0, .ask(true)), (1, .ask(true)), (10, .failed), (11, .ask(false)), (1_009, .ask(false)),
      // The pause is over: one tries, the others still not.
      (1_010, .ask(true)), (1_011, .ask(false)), (1_012, .ask(false)), (1_300, .failed), (2_299, .ask(false)),
      // The one that tries is never heard of again.
      (2_300, .ask(true)), (3_299, .ask(false)), (3_300, .ask(true)), (3_301, .succeeded),
      (3_302, .ask(true)), (3_303, .ask(true)),
    ]
    for (moment, event) in steps {
      switch event {
      case .ask(let isAllowed):
        #expect(breaker.openError(now: moment) == (isAllowed ? nil : error), "at \(moment)")
        #expect(breaker.refusal(now: moment) == (isAllowed ? nil : error), "at \(moment)")
      case .failed: breaker.failed(error, now: moment)
      case .succeeded: breaker.succeeded()
      }
    }
  }
}
