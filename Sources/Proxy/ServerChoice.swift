internal import Bytes
internal import Flags
internal import Reactor

/// One server of a cohort as one worker sees it: its connections and whether it lately failed.
struct Server: ~Copyable {
  let address: SocketAddress
  /// For requests that came without a Host.
  let authority: FixedBytes
  let cohort: Cohort
  /// Open connections, idle ones included.
  var connections = 0
  /// The first of the idle connections, which are in the order of their last use, the latest first: the server is least
  /// likely to close that one.
  var firstIdle: Int32 = -1
  var idle = 0
  /// After a failed attempt to connect, the server is avoided until then while the cohort has another.
  var avoidedUntil: UInt64 = 0

  /// Connections that carry a request.
  var busy: Int { connections &- idle }

  /// How long a server that refused a connection is avoided: 1 s, in nanoseconds.
  static let avoidance: UInt64 = 1_000_000_000
}

/// A cohort as one worker sees it: its servers, who waits for a connection, and what may still be retried.
struct CohortState: ~Copyable {
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

extension Worker {
  /// Chooses the server with room that has the fewest requests, beginning at a different one each time. A server that
  /// lately refused counts as full while the cohort has others. Nil when none has room.
  mutating func chooseServer(_ cohort: Int) -> Int? {
    let first = cohorts[cohort].firstServer
    let count = cohorts[cohort].serverCount
    cohorts[cohort].rotation = cohorts[cohort].rotation &+ 1 >= count ? 0 : cohorts[cohort].rotation &+ 1
    let takesAvoided = !hasUsableServer(cohort)
    var best: Int?
    for step in 0..<count {
      let offset = cohorts[cohort].rotation &+ step
      let server = first &+ (offset >= count ? offset &- count : offset)
      guard hasRoom(server), takesAvoided || servers[server].avoidedUntil <= now else { continue }
      if let known = best, servers[server].busy >= servers[known].busy { continue }
      best = server
    }
    return best
  }

  /// Whether a server of the cohort has not lately refused.
  private func hasUsableServer(_ cohort: Int) -> Bool {
    let first = cohorts[cohort].firstServer
    for server in first..<first &+ cohorts[cohort].serverCount where servers[server].avoidedUntil <= now { return true }
    return false
  }

  private func hasRoom(_ server: Int) -> Bool {
    servers[server].idle > 0 || servers[server].connections < limits.serverConnections
  }
}
