internal import Bytes
internal import Flags
internal import HTTPWire

/// One request and its answer: what was decided about it, how far it has come, and what follows from the ways in which
/// it can fail. A value without I/O; the worker carries out what it decides.
///
///     head parsed -> cohort decided -> [queued] -> [connecting] -> request sent
///       -> answer head -> answer body -> finished
///     An upstream that fails before the answer's head: retry, or an answer of our own.
///     Any failure after it: abort, the client must not take what it has for a whole answer.
struct Exchange {
  /// Nanoseconds of the monotonic clock: the head was complete; the first byte of the final answer was there (0: not yet).
  var begunAt: UInt64 = 0
  var firstByteAt: UInt64 = 0
  var request = BodyDecoder(framing: .none, keepsChunkFraming: true, limit: 0, trailerLimit: 0)
  var answer = BodyDecoder(framing: .none, keepsChunkFraming: true, limit: 0, trailerLimit: 0)
  /// Nanoseconds: from the first byte of the head to its end; in the queue; until a connection stood, all attempts.
  var headNanoseconds: UInt64 = 0
  var queueNanoseconds: UInt64 = 0
  var connectNanoseconds: UInt64 = 0
  /// When the present wait, for a place or a connection, began.
  var waitBegunAt: UInt64 = 0
  var bytesToClient: UInt64 = 0
  /// Of the heads among these.
  var answerHeadBytes: UInt32 = 0
  var requestHeadBytes: UInt32 = 0
  /// The random id of a new anonymous user, to be set as a cookie; 0 for none.
  var anonymousID: (high: UInt64, low: UInt64) = (0, 0)
  /// The flag's number, or the number of flags for a fixed route.
  var group = 0
  /// Of the flags that the cohort was decided by.
  var generation: UInt64 = 0
  /// Of the user key, independent of the hash that decides: which cluster the user is in.
  var userHash: UInt32 = 0
  var status: Int16 = 0
  /// The number of the answer that we gave ourselves; -1 for none.
  var ownAnswer: Int16 = -1
  /// Length of the rewritten request while all of it lies in the client's buffer, so that it can be sent again; else 0.
  var heldBytes: Int32 = 0
  /// The number of the server that was asked last; -1: none was.
  var server: Int16 = -1
  var cohort = Cohort.legacy
  var method = Method.other
  var clientMinorVersion: UInt8 = 1
  var termination = Termination.completed
  /// Why the cohort; nil on a route with a fixed one.
  var reason: DecisionReason?
  var attempts: UInt8 = 0
  var retries: UInt8 = 0
  var informationalCount: UInt8 = 0
  /// A cohort was decided: the exchange counts there.
  var isDecided = false
  /// The percentage put the user where he is, so that the exchange counts in comparisons.
  var isCompared = false
  /// What the upstream said to us alone, in one byte: an idle connection holds an exchange.
  var told: UpstreamSignals = []
  var keepsClient = false
  /// More of the request may be on its way than was understood.
  var mayHaveMoreInput = false
  var keepsUpstream = false
  var hasWritten = false
  var hasAnswerByte = false
  /// The final answer's head is on its way to the client.
  var hasAnswerHead = false
  /// The upstream stopped reading the request; only its answer is waited for.
  var hasRequestBroken = false

  static let mostAttempts: UInt8 = 3
  /// 1xx answers forwarded for one request; more are a fault of the upstream.
  static let mostInformational: UInt8 = 8
}

/// What an upstream says in its answer to the proxy alone.
struct UpstreamSignals: OptionSet {
  let rawValue: UInt8

  /// It created a conversation.
  static var created: UpstreamSignals { UpstreamSignals(rawValue: 1) }
  /// It answered without the user's context, which it could not load.
  static var contextError: UpstreamSignals { UpstreamSignals(rawValue: 2) }
}

extension Exchange {
  /// The cohort failed its user. A kill is no failure of the cohort, nor is a client that went away.
  var isError: Bool { termination.isUpstreamFault || (status >= 500 && termination != .killed) }
}

/// How an upstream failed an exchange.
enum UpstreamLoss: Equatable {
  case connectRefused
  case connectTimeout
  /// The connection ended or broke.
  case closed
  case firstByteTimeout
  case writeTimeout
  case responseIdle
  /// The answer's head breaks a rule or a limit.
  case badHead(ResponseHeadError)
  /// Its body does, or it has interim answers that nobody asked for.
  case badAnswer
}

/// What to do after an upstream failed an exchange.
enum LossDecision: Equatable {
  /// Once more, over a new connection to a server of the same cohort.
  case retry
  case answer(LocalResponse)
  /// Cut the client's connection: part of the answer has been sent.
  case abort
}

extension Exchange {
  /// RFC 9110 9.2.2 and 9112 9.3.1: nothing written yet, any method may go to another server; after a reused connection
  /// ended without a byte of an answer, what is idempotent and still held may be sent again.
  func decide(
    after loss: UpstreamLoss, onReusedConnection isReused: Bool, hasOtherServer: Bool, hasRetryLeft: Bool
  ) -> LossDecision {
    if hasAnswerHead { return .abort }
    let mayTryAgain = attempts < Self.mostAttempts && !hasAnswerByte && hasRetryLeft
    switch loss {
    case .connectRefused:
      return mayTryAgain && hasOtherServer ? .retry : .answer(.connectRefused)
    case .connectTimeout:
      return mayTryAgain && hasOtherServer ? .retry : .answer(.connectTimeout)
    case .closed:
      let isSafe = !hasWritten || (isReused && method.isIdempotent && heldBytes > 0)
      return mayTryAgain && isSafe ? .retry : .answer(.upstreamReset)
    case .firstByteTimeout, .responseIdle: return .answer(.firstByteTimeout)
    case .writeTimeout: return .answer(.upstreamWriteTimeout)
    case .badHead(let error): return .answer(.badAnswerHead(error))
    case .badAnswer: return .answer(.badAnswer)
    }
  }

  /// Whether the upstream connection may serve another request: both messages are whole and nothing is left over.
  func reusesUpstream(isRequestSent: Bool, hasSurplus: Bool) -> Bool {
    keepsUpstream && isRequestSent && !hasRequestBroken && answer.isComplete && !hasSurplus
  }
}

/// What becomes of the client's connection after an answer.
enum AfterAnswer: Equatable {
  case nextRequest
  /// Read and drop the rest of the request body, within a bound, then the next request.
  case drainBody
  case close
  /// Unread bytes may be on their way: end our side and wait for the client's, so that it can read the answer.
  case linger
}

extension Exchange {
  func decideAfterAnswer(isRequestRead: Bool, hasUnreadInput: Bool) -> AfterAnswer {
    if keepsClient { return isRequestRead ? .nextRequest : .drainBody }
    return isRequestRead && !hasUnreadInput && !mayHaveMoreInput ? .close : .linger
  }
}
