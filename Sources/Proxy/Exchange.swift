internal import Bytes
internal import Flags
internal import HTTPWire
internal import Statistics

/// One request and its response: what was decided about it, how far it has come, and what follows when it ends or fails.
/// A value without I/O; the worker carries out what it decides. `Retry.swift` decides after a failure.
///
///     head parsed -> cohort decided -> [queued] -> [connecting] -> request sent
///       -> response head -> response body -> finished
///     A server that fails before the response head: retry, or a response of our own.
///     Any failure after it: abort, because the client must not take what it has for a whole response.
struct Exchange {
  /// Nanoseconds of the monotonic clock: when the request head was complete, and when the first byte of the final response
  /// arrived (0: not yet).
  var begunAt: UInt64 = 0
  var firstByteAt: UInt64 = 0
  var request = BodyDecoder(framing: .none, keepsChunkFraming: true, limit: 0, trailerLimit: 0)
  var response = BodyDecoder(framing: .none, keepsChunkFraming: true, limit: 0, trailerLimit: 0)
  /// Nanoseconds from the first byte of the head to its end, in the queue, and in all attempts to connect.
  var headNanoseconds: UInt64 = 0
  var queueNanoseconds: UInt64 = 0
  var connectNanoseconds: UInt64 = 0
  /// When the present wait, in the queue or for a connection, began.
  var waitBegunAt: UInt64 = 0
  var bytesToClient: UInt64 = 0
  /// The part of `bytesToClient` that heads have.
  var responseHeadBytes: UInt32 = 0
  var requestHeadBytes: UInt32 = 0
  /// The random id of a new anonymous user, to be set as a cookie; 0 for none.
  var anonymousID: (high: UInt64, low: UInt64) = (0, 0)
  /// The flag's number, or the number of flags for a fixed route.
  var group = 0
  /// The generation of the flags that the cohort was decided by.
  var generation: UInt64 = 0
  /// A hash of the user key, independent of the one that decides: the user's cluster.
  var userHash: UInt32 = 0
  var status: Int16 = 0
  /// The number of the response that we gave ourselves (`LocalResponse.all`); -1 for none.
  var localResponse: Int16 = -1
  /// The length of the rewritten request while all of it is in the client's buffer, so that it can be sent again; else 0.
  var heldBytes: Int32 = 0
  /// The number of the server that was asked last; -1 before the first.
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
  var standing = Standing.undecided
  private(set) var requestPhase = RequestPhase.unsent
  private(set) var responsePhase = ResponsePhase.awaited
  var clientPlan = ClientPlan.close
  /// What the upstream said to the proxy alone, in one byte: an idle connection holds an exchange.
  var signals: UpstreamSignals = []
  /// The server keeps its connection open after this response.
  var keepsServer = false

  static let maximumAttempts: UInt8 = 3
  /// 1xx responses forwarded for one request; more are a fault of the upstream.
  static let maximumInformational: UInt8 = 8
}

extension Exchange {
  /// Whether and how the exchange counts for its cohort.
  enum Standing: UInt8 {
    case undecided
    /// It counts, but not in comparisons: chance did not place the user.
    case leftOut
    /// It counts in comparisons, too: the percentage placed the user.
    case compared
    /// It has ended and is counted.
    case recorded
  }

  /// How much of the request a server has taken.
  ///
  ///     unsent ──> sending ──> refused
  ///        └────> refusedUnsent ──┘            a retry leads back to unsent
  enum RequestPhase: UInt8 {
    /// No byte was written: any server can still get it.
    case unsent
    /// Some or all bytes were written.
    case sending
    /// The server stopped reading before any byte was written.
    case refusedUnsent
    /// The server stopped reading, and bytes were written or dropped. Only its response is waited for.
    case refused
  }

  /// How much of the response has arrived.
  ///
  ///     awaited ──> begun ──> committed
  enum ResponsePhase: UInt8 {
    /// No byte, not even of an interim response.
    case awaited
    /// At least one byte: no retry from here on.
    case begun
    /// The final head goes to the client: a failure can only cut the connection.
    case committed
  }

  /// What becomes of the client's connection after the response.
  enum ClientPlan: UInt8 {
    case keep
    case close
    /// More of the request may be on its way than was understood: close, but let the client read the response first.
    case linger
  }

  var isDecided: Bool { standing == .leftOut || standing == .compared }

  /// A retry may send the request again only if nothing of it was written, or all of it is held.
  var hasWritten: Bool { requestPhase == .sending || requestPhase == .refused }
  var isRequestRefused: Bool { requestPhase == .refused || requestPhase == .refusedUnsent }
  var isCommitted: Bool { responsePhase == .committed }

  mutating func noteRequestBytesSent() {
    requestPhase = isRequestRefused ? .refused : .sending
  }

  /// The server stopped reading the request; it may have responded before.
  mutating func noteRequestRefused() {
    requestPhase = hasWritten ? .refused : .refusedUnsent
  }

  /// The request goes to a server from its first byte on.
  mutating func restartRequest() { requestPhase = .unsent }

  mutating func noteResponseByte() {
    if responsePhase == .awaited { responsePhase = .begun }
  }

  mutating func commitResponse() { responsePhase = .committed }

  /// The client's connection ends with this exchange.
  mutating func closeClientAfterwards() {
    if clientPlan == .keep { clientPlan = .close }
  }

  /// The cohort failed its user. A kill is no failure of the cohort, nor is a client that went away.
  var isError: Bool { termination.isUpstreamFault || (status >= 500 && termination != .killed) }

  /// The class of the response's status; 0 stands for an exchange that was cut before it had a response.
  var statusCounter: CohortCounter {
    switch status {
    case 200..<300: .status2xx
    case 300..<400: .status3xx
    case 400..<500: .status4xx
    case 500..<600: .status5xx
    default: .statusOther
    }
  }

  /// Whether the server's connection may serve another request: both messages are whole and nothing is left over.
  func reusesServer(isRequestSent: Bool, hasSurplus: Bool) -> Bool {
    keepsServer && isRequestSent && !isRequestRefused && response.isComplete && !hasSurplus
  }

  func decideAfterResponse(isRequestRead: Bool, hasUnreadInput: Bool) -> AfterResponse {
    switch clientPlan {
    case .keep: isRequestRead ? .nextRequest : .drainBody
    case .close: isRequestRead && !hasUnreadInput ? .close : .linger
    case .linger: .linger
    }
  }
}

/// What the worker does with the client's connection after a response.
enum AfterResponse: Equatable {
  case nextRequest
  /// Read and drop the rest of the request body, within a bound, then the next request.
  case drainBody
  case close
  /// Unread bytes may be on their way: end our side and wait for the client's, so that it can read the response.
  case linger
}

/// What an upstream says in its response to the proxy alone.
struct UpstreamSignals: OptionSet {
  let rawValue: UInt8

  /// It created a conversation.
  static var created: UpstreamSignals { UpstreamSignals(rawValue: 1) }
  /// It responded without the user's context, which it could not load.
  static var contextError: UpstreamSignals { UpstreamSignals(rawValue: 2) }
}

/// How an exchange ended.
enum Termination: UInt8, Sendable, CaseIterable {
  /// The whole response was sent: the upstream's, or one of our own (`Exchange.localResponse`).
  case completed = 0
  /// The client went away before it had the whole response.
  case clientGone = 1
  /// The client did not take its response in time.
  case clientTimeout = 2
  /// What the client sent broke a rule after the response had begun.
  case clientFault = 3
  /// The server's connection ended in the middle of its response.
  case upstreamReset = 4
  /// The response stopped arriving.
  case upstreamTimeout = 5
  /// The response broke the rules in the middle.
  case badResponse = 6
  /// A kill ended it.
  case killed = 7
  /// The process ended.
  case shutdown = 8

  /// Whether the response broke off, and the upstream is to blame.
  var isUpstreamFault: Bool {
    @_noLocks get {
      switch self {
      case .upstreamReset, .upstreamTimeout, .badResponse: true
      case .completed, .clientGone, .clientTimeout, .clientFault, .killed, .shutdown: false
      }
    }
  }

  /// A word for the access log. It never changes.
  var word: StaticString {
    switch self {
    case .completed: "completed"
    case .clientGone: "client_gone"
    case .clientTimeout: "client_timeout"
    case .clientFault: "client_fault"
    case .upstreamReset: "upstream_reset"
    case .upstreamTimeout: "upstream_timeout"
    case .badResponse: "bad_answer"
    case .killed: "killed"
    case .shutdown: "shutdown"
    }
  }
}
