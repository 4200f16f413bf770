internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

/// How a server failed an exchange.
enum ServerFailure: Equatable {
  case connectRefused
  case connectTimeout
  /// The connection ended or broke.
  case closed
  case firstByteTimeout
  case writeTimeout
  case responseIdle
  /// The response head breaks a rule or a limit.
  case badHead(ResponseHeadError)
  /// The response body does, or there are interim responses that nobody asked for.
  case badResponse
}

/// What to do after a server failed an exchange.
enum FailureDecision: Equatable {
  /// Once more, over a new connection to a server of the same cohort.
  case retry
  case respond(LocalResponse)
  /// Cut the client's connection: part of the response has been sent.
  case abort
}

extension Exchange {
  /// Decides whether a failed request is retried (RFC 9110 9.2.2, RFC 9112 9.3.1). Nothing written yet: any method may go
  /// to another server. A reused connection that ended without a byte of a response: an idempotent request that is still
  /// held may be sent again. A user never changes cohort by a retry.
  func decide(
    after failure: ServerFailure, onReusedConnection isReused: Bool, hasOtherServer: Bool, hasRetryLeft: Bool
  ) -> FailureDecision {
    if isCommitted { return .abort }
    let mayRetry = attempts < Self.maximumAttempts && responsePhase == .awaited && hasRetryLeft
    switch failure {
    case .connectRefused:
      return mayRetry && hasOtherServer ? .retry : .respond(.connectRefused)
    case .connectTimeout:
      return mayRetry && hasOtherServer ? .retry : .respond(.connectTimeout)
    case .closed:
      let isSafe = !hasWritten || (isReused && method.isIdempotent && heldBytes > 0)
      return mayRetry && isSafe ? .retry : .respond(.upstreamReset)
    case .firstByteTimeout, .responseIdle: return .respond(.firstByteTimeout)
    case .writeTimeout: return .respond(.upstreamWriteTimeout)
    case .badHead(let error): return .respond(.badResponseHead(error))
    case .badResponse: return .respond(.badResponse)
    }
  }
}

/// At most one retry for every five requests (20 %), and a small reserve for quiet times, so that a cohort whose
/// servers fail is not buried under repeated requests.
struct RetryBudget {
  private static let perRequest = 1
  private static let perRetry = 5
  private static let most = 100

  private var tokens = RetryBudget.most

  mutating func countRequest() { tokens = min(tokens &+ Self.perRequest, Self.most) }

  var hasRetryLeft: Bool { tokens >= Self.perRetry }

  mutating func charge() { tokens &-= Self.perRetry }
}

extension ServerFailure {
  /// How an exchange ends whose response had begun.
  var termination: Termination {
    switch self {
    case .connectRefused, .closed: .upstreamReset
    case .connectTimeout, .firstByteTimeout, .writeTimeout, .responseIdle: .upstreamTimeout
    case .badHead, .badResponse: .badResponse
    }
  }

  var counter: CohortCounter {
    switch self {
    case .connectRefused: .errorConnect
    case .connectTimeout, .firstByteTimeout, .writeTimeout, .responseIdle: .errorTimeout
    case .closed: .errorReset
    case .badHead, .badResponse: .errorBadResponse
    }
  }
}

// The worker's part: it carries out what was decided.
extension Worker {
  /// The server failed the client's exchange.
  mutating func serverFailed(_ index: Int, _ failure: ServerFailure) {
    let connection = Int(clients[index].serverConnection)
    let isReused = serverConnections[connection].isReused
    clients[index].serverConnection = -1
    closeServerConnection(connection)
    recover(index, from: failure, isReused: isReused)
  }

  /// Carries out what is decided after a failure; the server's connection is closed already.
  mutating func recover(_ index: Int, from failure: ServerFailure, isReused: Bool) {
    let cohort = clients[index].exchange.cohort
    let state = Int(cohort.rawValue)
    count(failure.counter, group: clients[index].exchange.group, cohort: cohort)
    let decision = clients[index].exchange.decide(
      after: failure, onReusedConnection: isReused, hasOtherServer: cohorts[state].serverCount > 1,
      hasRetryLeft: cohorts[state].retryBudget.hasRetryLeft)
    switch decision {
    case .abort: abort(index, as: failure.termination, resets: true)
    case .respond(let response): respond(index, response)
    case .retry: retry(index)
    }
  }

  private mutating func retry(_ index: Int) {
    let cohort = clients[index].exchange.cohort
    cohorts[Int(cohort.rawValue)].retryBudget.charge()
    count(.retries, group: clients[index].exchange.group, cohort: cohort)
    clients[index].exchange.retries &+= 1
    if clients[index].exchange.hasWritten {
      clients[index].input.dropReady()
      clients[index].input.unsend(Int(clients[index].exchange.heldBytes))
    }
    clients[index].exchange.restartRequest()
    timeouts.disarm(index)
    obtainServer(index, isFresh: true)
  }
}
