import Bytes
import HTTPWire
import Statistics
import Testing

@testable import Proxy

@Suite struct ExchangeTests {
  @Test(
    "After a response the connection goes on, drains, closes, or lingers while bytes may come",
    arguments: [
      (.keep, true, false, .nextRequest), (.keep, true, true, .nextRequest), (.keep, false, false, .drainBody),
      (.keep, false, true, .drainBody), (.close, true, false, .close), (.close, true, true, .linger),
      (.close, false, false, .linger), (.close, false, true, .linger), (.linger, true, false, .linger),
      (.linger, false, true, .linger),
    ] as [(Exchange.ClientPlan, Bool, Bool, AfterResponse)])
  func afterResponse(plan: Exchange.ClientPlan, isRead: Bool, hasUnread: Bool, expected: AfterResponse) {
    var exchange = Exchange()
    exchange.clientPlan = plan
    #expect(exchange.decideAfterResponse(isRequestRead: isRead, hasUnreadInput: hasUnread) == expected)
  }

  @Test("A connection that lingers or closes is never kept again")
  func plans() {
    var exchange = Exchange()
    exchange.clientPlan = .keep
    exchange.closeClientAfterwards()
    #expect(exchange.clientPlan == .close)
    exchange.clientPlan = .linger
    exchange.closeClientAfterwards()
    #expect(exchange.clientPlan == .linger)
  }

  @Test("A request is unsent, sent or refused; only a retry makes it unsent again")
  func requestPhases() {
    var exchange = Exchange()
    #expect(exchange.requestPhase == .unsent)
    exchange.noteRequestRefused()
    #expect(exchange.requestPhase == .refusedUnsent)
    #expect(!exchange.hasWritten)
    exchange.noteRequestBytesSent()
    #expect(exchange.requestPhase == .refused)
    #expect(exchange.hasWritten)
    exchange.restartRequest()
    exchange.noteRequestBytesSent()
    #expect(exchange.requestPhase == .sending)
    #expect(!exchange.isRequestRefused)
    exchange.noteRequestRefused()
    #expect(exchange.requestPhase == .refused)
    exchange.noteRequestRefused()
    #expect(exchange.requestPhase == .refused)
  }

  @Test("A response begins once and stays committed")
  func responsePhases() {
    var exchange = Exchange()
    #expect(exchange.responsePhase == .awaited)
    exchange.noteResponseByte()
    #expect(exchange.responsePhase == .begun)
    exchange.commitResponse()
    exchange.noteResponseByte()
    #expect(exchange.responsePhase == .committed)
  }

  @Test(
    "An exchange counts for its cohort from the decision until it is recorded",
    arguments: [(.undecided, false), (.leftOut, true), (.compared, true), (.recorded, false)]
      as [(Exchange.Standing, Bool)])
  func standing(standing: Exchange.Standing, isDecided: Bool) {
    var exchange = Exchange()
    exchange.standing = standing
    #expect(exchange.isDecided == isDecided)
  }

  @Test("A server's connection is used again only when all five conditions hold")
  func reuse() {
    for pattern in 0..<32 {
      let bit = { (place: Int) in pattern >> place & 1 == 1 }
      var exchange = Exchange()
      exchange.keepsServer = bit(0)
      if !bit(1) { exchange.noteRequestRefused() }
      exchange.response = BodyDecoder(
        framing: bit(2) ? .none : .length(1), keepsChunkFraming: true, limit: 0, trailerLimit: 0)
      let reuses = exchange.reusesServer(isRequestSent: bit(3), hasSurplus: !bit(4))
      #expect(reuses == (pattern == 31), "pattern \(pattern)")
    }
  }

  @Test(
    "A status is counted in its class, an exchange that was cut before its response in none",
    arguments: [
      (0, .statusOther), (199, .statusOther), (200, .status2xx), (299, .status2xx), (300, .status3xx),
      (399, .status3xx),
      (400, .status4xx), (499, .status4xx), (500, .status5xx), (599, .status5xx), (600, .statusOther),
    ] as [(Int16, CohortCounter)])
  func statusClasses(status: Int16, counter: CohortCounter) {
    var exchange = Exchange()
    exchange.status = status
    #expect(exchange.statusCounter.index == counter.index)
  }
}
