internal import HTTPWire
internal import Statistics

/// A response that the proxy makes itself, by reason. Each is counted under its label.
///
///     200, 501   OPTIONS and TRACE at the last hop     431        the head is too large (`RequestHeadError`), also once the
///     400 - 505  `RequestHeadError`, `BodyError`                  proxy's fields are added (`headTooLargeToForward`)
///     408        the client was too slow               502 - 504  the upstream failed, or no server had room; a kill
///     508        a loop
enum LocalResponse: Equatable, Sendable {
  /// The request head breaks a rule or a limit.
  case badHead(RequestHeadError)
  /// The request body breaks a rule or a limit.
  case badBody(BodyError)
  case headTimeout
  case bodyTimeout
  case loop
  case optionsAtLastHop
  case traceAtLastHop
  /// The rewritten head does not fit the buffer.
  case headTooLargeToForward
  case queueFull
  case queueTimeout
  case connectRefused
  /// This machine has no descriptor or port left for a connection; the upstream is not to blame.
  case outOfDescriptors
  case connectTimeout
  case firstByteTimeout
  case upstreamWriteTimeout
  case upstreamReset
  case badResponseHead(ResponseHeadError)
  case badResponse
  /// A kill ended the request, which was under way to `unified`.
  case killed

  var status: Int {
    switch self {
    case .badHead(let error): error.status
    case .badBody(let error): error.status
    case .headTimeout, .bodyTimeout: 408
    case .loop: 508
    case .optionsAtLastHop: 200
    case .traceAtLastHop: 501
    case .headTooLargeToForward: 431
    case .queueFull, .queueTimeout, .connectRefused, .outOfDescriptors, .killed: 503
    case .connectTimeout, .firstByteTimeout, .upstreamWriteTimeout: 504
    case .upstreamReset, .badResponseHead, .badResponse: 502
    }
  }

  var label: StaticString {
    switch self {
    case .badHead(let error): error.label
    case .badBody(let error): error.label
    case .headTimeout: "head_timeout"
    case .bodyTimeout: "body_timeout"
    case .loop: "loop"
    case .optionsAtLastHop: "options_at_last_hop"
    case .traceAtLastHop: "trace_at_last_hop"
    case .headTooLargeToForward: "head_too_large_to_forward"
    case .queueFull: "queue_full"
    case .queueTimeout: "queue_timeout"
    case .connectRefused: "connect_refused"
    case .outOfDescriptors: "out_of_descriptors"
    case .connectTimeout: "connect_timeout"
    case .firstByteTimeout: "first_byte_timeout"
    case .upstreamWriteTimeout: "upstream_write_timeout"
    case .upstreamReset: "upstream_reset"
    case .badResponseHead(let error): error.label
    case .badResponse: "bad_answer"
    case .killed: "killed"
    }
  }

  /// One sentence for the person who reads the response.
  var explanation: StaticString {
    switch self {
    case .badHead(let error): error.explanation
    case .badBody(let error): error.explanation
    case .headTimeout: "The request head did not arrive in time."
    case .bodyTimeout: "The request body stopped arriving."
    case .loop: "The request has passed this proxy before: the upstream leads back to it."
    case .optionsAtLastHop: "Max-Forwards is 0: this proxy responds for itself."
    case .traceAtLastHop: "Max-Forwards is 0 and this proxy does not echo requests."
    case .headTooLargeToForward: "The request head does not fit together with the fields that the proxy adds."
    case .queueFull: "Too many requests wait for a connection to the upstream."
    case .queueTimeout: "No connection to the upstream became free in time."
    case .connectRefused: "The upstream does not accept connections."
    case .outOfDescriptors: "The proxy has no descriptor or port left for a connection to the upstream."
    case .connectTimeout: "The upstream did not accept a connection in time."
    case .firstByteTimeout: "The upstream did not respond in time."
    case .upstreamWriteTimeout: "The upstream stopped reading the request."
    case .upstreamReset: "The upstream closed the connection before it responded."
    case .badResponseHead(let error): error.explanation
    case .badResponse: "The upstream's response breaks the rules of HTTP."
    case .killed: "The path of this request was switched off while it was under way. Try again: it takes the other one."
    }
  }

  /// Whether the connection must end because what follows on it cannot be trusted or awaited.
  var closesConnection: Bool {
    switch self {
    case .badHead, .badBody, .headTimeout, .bodyTimeout, .headTooLargeToForward: true
    default: false
    }
  }

  /// How an exchange ends when it is too late for this response.
  var termination: Termination { self == .killed ? .killed : .clientFault }

  /// Every response, in the order of its counters.
  static let all: [LocalResponse] =
    RequestHeadError.allCases.map { .badHead($0) } + BodyError.allCases.map { .badBody($0) }
    + ResponseHeadError.allCases.map { .badResponseHead($0) } + [
      .headTimeout, .bodyTimeout, .loop, .optionsAtLastHop, .traceAtLastHop, .headTooLargeToForward,
      .queueFull, .queueTimeout, .connectRefused, .outOfDescriptors, .connectTimeout, .firstByteTimeout,
      .upstreamWriteTimeout, .upstreamReset, .badResponse, .killed,
    ]

  static var labels: [LocalResponseLabel] {
    all.map { LocalResponseLabel(status: $0.status, reason: "\($0.label)") }
  }
}
