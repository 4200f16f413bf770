/// How an exchange came to its end.
enum Termination: UInt8, Sendable, CaseIterable {
  /// The whole answer was sent: the upstream's, or one of our own (`Exchange.ownAnswer`).
  case completed = 0
  /// The client went away before it had the whole answer.
  case clientGone = 1
  /// The client did not take its answer in time.
  case clientTimeout = 2
  /// What the client sent broke a rule after the answer had begun.
  case clientFault = 3
  /// The upstream's connection ended in the middle of its answer.
  case upstreamReset = 4
  /// The upstream's answer stopped arriving.
  case upstreamTimeout = 5
  /// The upstream's answer broke the rules in the middle.
  case badAnswer = 6
  /// A kill ended it.
  case killed = 7
  /// The process ended.
  case shutdown = 8

  /// Whether the answer broke off, and the upstream is to blame.
  var isUpstreamFault: Bool {
    @_noLocks get {
      switch self {
      case .upstreamReset, .upstreamTimeout, .badAnswer: true
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
    case .badAnswer: "bad_answer"
    case .killed: "killed"
    case .shutdown: "shutdown"
    }
  }
}

extension UpstreamLoss {
  /// How an exchange ends whose answer had begun.
  var termination: Termination {
    switch self {
    case .connectRefused, .closed: .upstreamReset
    case .connectTimeout, .firstByteTimeout, .writeTimeout, .responseIdle: .upstreamTimeout
    case .badHead, .badAnswer: .badAnswer
    }
  }
}
