import HTTPWire
import Testing

@testable import Proxy

/// What must hold of every decision after a loss, for every state of the exchange.
@Suite struct RetrySafetyTests {
  private static let losses: [UpstreamLoss] = [
    .connectRefused, .connectTimeout, .closed, .firstByteTimeout, .writeTimeout, .responseIdle, .badAnswer,
  ]
  private static let methods: [HTTPWire.Method] = [
    .get, .head, .post, .put, .delete, .options, .trace, .connect, .patch, .other,
  ]

  @Test("The client is cut off exactly when part of an answer is on its way to it")
  func aborts() {
    everyStanding { standing, loss, decision in (decision == .abort) == standing.hasAnswerHead }
  }

  @Test("A request is sent again only within attempts and budget, and before any byte of an answer")
  func bounds() {
    everyStanding { standing, loss, decision in
      decision != .retry || (standing.attempts < 3 && standing.hasRetryLeft && !standing.hasAnswerByte)
    }
  }

  @Test("What may have had an effect is sent again only if it may have it twice, and is held as a whole")
  func effects() {
    everyStanding { standing, loss, decision in
      let isSafe: Bool =
        switch standing.method {
        case .get, .head, .put, .delete, .options, .trace: standing.isReused && standing.heldBytes > 0
        default: false
        }
      return decision != .retry || loss != .closed || !standing.hasWritten || isSafe
    }
  }

  @Test("A server that could not be reached is not asked again, another one is")
  func otherServer() {
    everyStanding { standing, loss, decision in
      decision != .retry || loss == .closed || standing.hasOtherServer
    }
  }

  @Test("Every answer after a loss blames the upstream and leaves the client's connection usable")
  func blame() {
    everyStanding { standing, loss, decision in
      guard case .answer(let answer) = decision else { return true }
      return (502...504).contains(answer.status) && !answer.closesConnection
    }
  }

  private func everyStanding(_ holds: (Standing, UpstreamLoss, LossDecision) -> Bool) {
    let bits = 7
    for loss in Self.losses {
      for method in Self.methods {
        for attempts in UInt8(0)...4 {
          for pattern in 0..<(1 << bits) {
            let bit = { (place: Int) in pattern >> place & 1 == 1 }
            let standing = Standing(
              method: method, heldBytes: bit(0) ? 100 : 0, attempts: attempts, hasWritten: bit(1),
              hasAnswerByte: bit(2), hasAnswerHead: bit(3), isReused: bit(4), hasOtherServer: bit(5),
              hasRetryLeft: bit(6))
            let decision = standing.decide(loss)
            if !holds(standing, loss, decision) {
              Issue.record("\(loss) became \(decision): \(standing.testDescription)")
              return
            }
          }
        }
      }
    }
  }
}
