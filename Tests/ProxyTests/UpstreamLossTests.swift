import Flags
import HTTPWire
import Testing

@testable import Proxy

/// How an exchange stands when its upstream fails. The standing values are those of a request that may be retried for
/// any reason: nothing written, all of it held, another server there, budget left, the first attempt.
struct Standing: CustomTestStringConvertible {
  var method = HTTPWire.Method.get
  var heldBytes: Int32 = 100
  var attempts: UInt8 = 1
  var hasWritten = false
  var hasAnswerByte = false
  var hasAnswerHead = false
  var isReused = false
  var hasOtherServer = true
  var hasRetryLeft = true

  func decide(_ loss: UpstreamLoss) -> LossDecision {
    var exchange = Exchange()
    exchange.method = method
    exchange.heldBytes = heldBytes
    exchange.attempts = attempts
    exchange.hasWritten = hasWritten
    exchange.hasAnswerByte = hasAnswerByte
    exchange.hasAnswerHead = hasAnswerHead
    return exchange.decide(
      after: loss, onReusedConnection: isReused, hasOtherServer: hasOtherServer, hasRetryLeft: hasRetryLeft)
  }

  var testDescription: String {
    "\(method), held \(heldBytes), attempt \(attempts), written \(hasWritten), answer byte \(hasAnswerByte), head "
      + "\(hasAnswerHead), reused \(isReused), other server \(hasOtherServer), budget \(hasRetryLeft)"
  }
}

@Suite struct UpstreamLossTests {
  typealias Row = (Standing, UpstreamLoss, LossDecision)

  @Test(
    "Nothing written: any method goes to another server, once more over a new connection",
    arguments: [
      (Standing(), .connectRefused, .retry),
      (Standing(), .connectTimeout, .retry),
      (Standing(), .closed, .retry),
      (Standing(method: .post, heldBytes: 0), .connectRefused, .retry),
      (Standing(method: .post, heldBytes: 0), .connectTimeout, .retry),
      (Standing(method: .post, heldBytes: 0), .closed, .retry),
      (Standing(method: .other, heldBytes: 0, isReused: true), .closed, .retry),
      (Standing(hasOtherServer: false), .connectRefused, .answer(.connectRefused)),
      (Standing(hasOtherServer: false), .connectTimeout, .answer(.connectTimeout)),
      (Standing(hasOtherServer: false), .closed, .retry),
    ] as [Row])
  func nothingWritten(standing: Standing, loss: UpstreamLoss, decision: LossDecision) {
    #expect(standing.decide(loss) == decision)
  }

  @Test(
    "Something written: only over a reused connection, of an idempotent method, while all of it is held",
    arguments: [
      (Standing(method: .get, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .head, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .put, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .delete, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .options, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .trace, hasWritten: true, isReused: true), .closed, .retry),
      (Standing(method: .get, hasWritten: true, isReused: true, hasOtherServer: false), .closed, .retry),
      (Standing(method: .post, hasWritten: true, isReused: true), .closed, .answer(.upstreamReset)),
      (Standing(method: .patch, hasWritten: true, isReused: true), .closed, .answer(.upstreamReset)),
      (Standing(method: .connect, hasWritten: true, isReused: true), .closed, .answer(.upstreamReset)),
      (Standing(method: .other, hasWritten: true, isReused: true), .closed, .answer(.upstreamReset)),
      (Standing(heldBytes: 0, hasWritten: true, isReused: true), .closed, .answer(.upstreamReset)),
      (Standing(hasWritten: true, isReused: false), .closed, .answer(.upstreamReset)),
    ] as [Row])
  func written(standing: Standing, loss: UpstreamLoss, decision: LossDecision) {
    #expect(standing.decide(loss) == decision)
  }

  @Test(
    "A third attempt, an empty budget or a byte of an answer end the trying",
    arguments: [
      (Standing(attempts: 2), .connectRefused, .retry),
      (Standing(attempts: 2), .closed, .retry),
      (Standing(attempts: 3), .connectRefused, .answer(.connectRefused)),
      (Standing(attempts: 3), .connectTimeout, .answer(.connectTimeout)),
      (Standing(attempts: 3), .closed, .answer(.upstreamReset)),
      (Standing(attempts: .max), .closed, .answer(.upstreamReset)),
      (Standing(hasRetryLeft: false), .connectRefused, .answer(.connectRefused)),
      (Standing(hasRetryLeft: false), .connectTimeout, .answer(.connectTimeout)),
      (Standing(hasRetryLeft: false), .closed, .answer(.upstreamReset)),
      (Standing(hasWritten: true, hasAnswerByte: true, isReused: true), .closed, .answer(.upstreamReset)),
    ] as [Row])
  func exhausted(standing: Standing, loss: UpstreamLoss, decision: LossDecision) {
    #expect(standing.decide(loss) == decision)
  }

  @Test(
    "An upstream that is slow or wrong is never asked again",
    arguments: [
      (.firstByteTimeout, .answer(.firstByteTimeout)), (.responseIdle, .answer(.firstByteTimeout)),
      (.writeTimeout, .answer(.upstreamWriteTimeout)), (.badAnswer, .answer(.badAnswer)),
    ] as [(UpstreamLoss, LossDecision)])
  func final(loss: UpstreamLoss, decision: LossDecision) {
    for hasWritten in [false, true] {
      for isReused in [false, true] {
        #expect(Standing(hasWritten: hasWritten, isReused: isReused).decide(loss) == decision)
      }
    }
  }
}
