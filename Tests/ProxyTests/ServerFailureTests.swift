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
  var hasResponseByte = false
  var isCommitted = false
  var isReused = false
  var hasOtherServer = true
  var hasRetryLeft = true

  func decide(_ failure: ServerFailure) -> FailureDecision {
    var exchange = Exchange()
    exchange.method = method
    exchange.heldBytes = heldBytes
    exchange.attempts = attempts
    if hasWritten { exchange.noteRequestBytesSent() }
    if hasResponseByte { exchange.noteResponseByte() }
    if isCommitted { exchange.commitResponse() }
    return exchange.decide(
      after: failure, onReusedConnection: isReused, hasOtherServer: hasOtherServer, hasRetryLeft: hasRetryLeft)
  }

  var testDescription: String {
    "\(method), held \(heldBytes), attempt \(attempts), written \(hasWritten), response byte \(hasResponseByte), head "
      + "\(isCommitted), reused \(isReused), other server \(hasOtherServer), budget \(hasRetryLeft)"
  }
}

@Suite struct ServerFailureTests {
  typealias Row = (Standing, ServerFailure, FailureDecision)

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
      (Standing(hasOtherServer: false), .connectRefused, .respond(.connectRefused)),
      (Standing(hasOtherServer: false), .connectTimeout, .respond(.connectTimeout)),
      (Standing(hasOtherServer: false), .closed, .retry),
    ] as [Row])
  func nothingWritten(standing: Standing, failure: ServerFailure, decision: FailureDecision) {
    #expect(standing.decide(failure) == decision)
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
      (Standing(method: .post, hasWritten: true, isReused: true), .closed, .respond(.upstreamReset)),
      (Standing(method: .patch, hasWritten: true, isReused: true), .closed, .respond(.upstreamReset)),
      (Standing(method: .connect, hasWritten: true, isReused: true), .closed, .respond(.upstreamReset)),
      (Standing(method: .other, hasWritten: true, isReused: true), .closed, .respond(.upstreamReset)),
      (Standing(heldBytes: 0, hasWritten: true, isReused: true), .closed, .respond(.upstreamReset)),
      (Standing(hasWritten: true, isReused: false), .closed, .respond(.upstreamReset)),
    ] as [Row])
  func written(standing: Standing, failure: ServerFailure, decision: FailureDecision) {
    #expect(standing.decide(failure) == decision)
  }

  @Test(
    "A third attempt, an empty budget or a byte of a response end the trying",
    arguments: [
      (Standing(attempts: 2), .connectRefused, .retry),
      (Standing(attempts: 2), .closed, .retry),
      (Standing(attempts: 3), .connectRefused, .respond(.connectRefused)),
      (Standing(attempts: 3), .connectTimeout, .respond(.connectTimeout)),
      (Standing(attempts: 3), .closed, .respond(.upstreamReset)),
      (Standing(attempts: .max), .closed, .respond(.upstreamReset)),
      (Standing(hasRetryLeft: false), .connectRefused, .respond(.connectRefused)),
      (Standing(hasRetryLeft: false), .connectTimeout, .respond(.connectTimeout)),
      (Standing(hasRetryLeft: false), .closed, .respond(.upstreamReset)),
      (Standing(hasWritten: true, hasResponseByte: true, isReused: true), .closed, .respond(.upstreamReset)),
    ] as [Row])
  func exhausted(standing: Standing, failure: ServerFailure, decision: FailureDecision) {
    #expect(standing.decide(failure) == decision)
  }

  @Test(
    "An upstream that is slow or wrong is never asked again",
    arguments: [
      (.firstByteTimeout, .respond(.firstByteTimeout)), (.responseIdle, .respond(.firstByteTimeout)),
      (.writeTimeout, .respond(.upstreamWriteTimeout)), (.badResponse, .respond(.badResponse)),
    ] as [(ServerFailure, FailureDecision)])
  func final(failure: ServerFailure, decision: FailureDecision) {
    for hasWritten in [false, true] {
      for isReused in [false, true] {
        #expect(Standing(hasWritten: hasWritten, isReused: isReused).decide(failure) == decision)
      }
    }
  }
}
