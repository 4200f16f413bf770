import Bytes
import HTTPWire
import Statistics
import Testing

@testable import Proxy

@Suite struct AfterAnswerTests {
  @Test(
    "After an answer the connection goes on, drains, closes, or lingers while bytes may come",
    arguments: [
      (true, true, false, false, .nextRequest), (true, true, true, false, .nextRequest),
      (true, false, false, false, .drainBody), (true, false, true, false, .drainBody),
      (false, true, false, false, .close), (false, true, true, false, .linger), (false, false, false, false, .linger),
      (false, false, true, false, .linger), (false, true, false, true, .linger),
      (true, true, false, true, .nextRequest),
    ] as [(Bool, Bool, Bool, Bool, AfterAnswer)])
  func afterAnswer(keepsClient: Bool, isRead: Bool, hasUnread: Bool, mayHaveMore: Bool, expected: AfterAnswer) {
    var exchange = Exchange()
    exchange.keepsClient = keepsClient
    exchange.mayHaveMoreInput = mayHaveMore
    #expect(exchange.decideAfterAnswer(isRequestRead: isRead, hasUnreadInput: hasUnread) == expected)
  }

  @Test("An upstream connection is used again only when all five conditions hold")
  func reuse() {
    for pattern in 0..<32 {
      let bit = { (place: Int) in pattern >> place & 1 == 1 }
      var exchange = Exchange()
      exchange.keepsUpstream = bit(0)
      exchange.hasRequestBroken = !bit(1)
      exchange.answer = BodyDecoder(
        framing: bit(2) ? .none : .length(1), keepsChunkFraming: true, limit: 0, trailerLimit: 0)
      let reuses = exchange.reusesUpstream(isRequestSent: bit(3), hasSurplus: !bit(4))
      #expect(reuses == (pattern == 31), "pattern \(pattern)")
    }
  }

  @Test(
    "A status is counted in its class, an exchange that was cut before its answer in none",
    arguments: [
      (0, .statusOther), (200, .status2xx), (299, .status2xx), (304, .status3xx), (400, .status4xx), (499, .status4xx),
      (500, .status5xx), (599, .status5xx),
    ] as [(Int16, CohortCounter)])
  func statusClasses(status: Int16, counter: CohortCounter) {
    var exchange = Exchange()
    exchange.status = status
    #expect(exchange.statusCounter.index == counter.index)
  }
}
