import HTTPWire
import Testing

@testable import Proxy

/// What must hold of every decision after a failure, for every state of the exchange.
@Suite struct RetrySafetyTests {
  private static let failurees: [ServerFailure] = [
    .connectRefused, .connectTimeout, .closed, .firstByteTimeout, .writeTimeout, .responseIdle, .badResponse,
  ]
  private static let methods: [HTTPWire.Method] = [
    .get, .head, .post, .put, .delete, .options, .trace, .connect, .patch, .other,
  ]

  @Test("The client is cut off exactly when part of a response is on its way to it")
  func aborts() {
    everyStanding { standing, failure, decision in (decision == .abort) == standing.isCommitted }
  }

  @Test("A request is sent again only within attempts and budget, and before any byte of a response")
  func bounds() {
    everyStanding { standing, failure, decision in
      decision != .retry || (standing.attempts < 3 && standing.hasRetryLeft && !standing.hasResponseByte)
    }
  }

  @Test("What may have had an effect is sent again only if it may have it twice, and is held as a whole")
  func effects() {
    everyStanding { standing, failure, decision in
      let isSafe: Bool =
        switch standing.method {
        case .get, .head, .put, .delete, .options, .trace: standing.isReused && standing.heldBytes > 0
        default: false
        }
      return decision != .retry || failure != .closed || !standing.hasWritten || isSafe
    }
  }

  @Test("A server that could not be reached is not asked again, another one is")
  func otherServer() {
    everyStanding { standing, failure, decision in
      decision != .retry || failure == .closed || standing.hasOtherServer
    }
  }

  @Test("Every response after a failure blames the upstream and leaves the client's connection usable")
  func blame() {
    everyStanding { standing, failure, decision in
      guard case .respond(let response) = decision else { return true }
      return (502...504).contains(response.status) && !response.closesConnection
    }
  }

  private func everyStanding(_ holds: (Standing, ServerFailure, FailureDecision) -> Bool) {
    let bits = 7
    for failure in Self.failurees {
      for method in Self.methods {
        for attempts in UInt8(0)...4 {
          for pattern in 0..<(1 << bits) {
            let bit = { (place: Int) in pattern >> place & 1 == 1 }
            let standing = Standing(
              method: method, heldBytes: bit(0) ? 100 : 0, attempts: attempts, hasWritten: bit(1),
              hasResponseByte: bit(2), isCommitted: bit(3), isReused: bit(4), hasOtherServer: bit(5),
              hasRetryLeft: bit(6))
            let decision = standing.decide(failure)
            if !holds(standing, failure, decision) {
              Issue.record("\(failure) became \(decision): \(standing.testDescription)")
              return
            }
          }
        }
      }
    }
  }
}
