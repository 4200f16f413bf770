internal import Bytes
internal import Flags
internal import Reactor

/// One server of a cohort as one worker sees it: its connections and whether it lately failed.
struct Server {
  let address: SocketAddress
  /// For requests that came without a Host.
  let authority: FixedBytes
  let cohort: Cohort
  /// Open connections, idle ones included.
  var connections = 0
  /// The idle connections, the one used last first: it is the least likely to be closed by the server.
  var firstIdle: Int32 = -1
  var idle = 0
  /// After a failed attempt to connect the server is avoided until then, as long as the cohort has another.
  var avoidedUntil: UInt64 = 0

  /// Connections at work.
  var busy: Int { connections &- idle }

  /// How long a server that refused a connection is avoided, in nanoseconds.
  static let avoidance: UInt64 = 1_000_000_000
}

/// A cohort as one worker sees it: its servers, who waits for a connection, and what may still be retried.
struct CohortState {
  let firstServer: Int
  let serverCount: Int
  let pathPrefix: FixedBytes
  /// Where the next search for a server begins, so that all get their share.
  var rotation = 0
  var firstWaiting: Int32 = -1
  var lastWaiting: Int32 = -1
  var waitingCount = 0
  var retryBudget = RetryBudget()
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
