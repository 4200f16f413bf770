internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

/// One event loop with all that it needs for itself: listeners, connections, pools, buffers, timeouts, counters. Other
/// threads share nothing with it but the published snapshot, the counters (which they read), the worker settings (which
/// they write) and the drain order.
///
/// Connections live in slabs and are named by index. The handlers of events are grouped by file:
///
///     Worker+Clients            accept, close, what a client's readiness means
///     Worker+Requests           heads, the decision, the rewritten request
///     Worker+Upload             request bytes to the server
///     Worker+ServerConnections  pools: lend, connect, queue, give back
///     Worker+Responses          response bytes to the client
///     Worker+Endings            finished, aborted, responses of our own
///     Worker+Recording          what an exchange counts
///     Worker+Timeouts           what each timeout does
///     Retry, ServerChoice, Draining, KillPlan: the rules with the part of the worker that carries them out
struct Worker: ~Copyable {
  let poller: Poller
  /// Empty once draining has closed them.
  var listeners: Slab<Listener>
  let control: WorkerControl
  let timeoutSettings: TimeoutSettings
  let limits: LimitSettings
  let headLimits: HeadLimits
  let anonymous: UserKeySettings.Anonymous

  var clients: Slab<ClientConnection>
  var freeClient: Int32 = -1
  var openClients = 0
  var serverConnections: Slab<ServerConnection>
  var freeServerConnection: Int32 = -1
  var buffers: BufferPool
  var timeouts: TimeoutLists

  var servers: Slab<Server>
  var cohorts: Slab<CohortState>
  let router: Router
  var users: UserKeyReader
  var heads: HeadWriter

  let published: Published<FlagSnapshot>
  var seenVersion: UInt64 = 0
  var snapshot: FlagSnapshot
  var killPlan: KillPlan

  let lanes: LaneIndices
  let lane: CounterLane.Writer
  /// What the control plane orders while the worker runs.
  let workerSettings: CounterLane.Reader
  var userTables: UserTables
  var accessTap: AccessTap

  /// Monotonic nanoseconds, read when an event is taken up.
  var now = MonotonicClock.now()
  /// Clients that have used up their share of a turn.
  var postponed: Slab<Int32>
  var acceptsAgainAt: UInt64 = 0
  var isAccepting = true
  var isDraining = false
  var drainDeadline = UInt64.max

  /// Serves until draining is done.
  mutating func run() {
    listen()
    _ = poller.addLevelTriggered(control.wakeup.descriptor.number, token: EventToken(.wakeup).raw)
    while true {
      let count = poller.wait(milliseconds: waitMilliseconds())
      now = MonotonicClock.now()
      heads.date.update(seconds: WallClock.seconds())
      for index in 0..<count { handle(poller.readiness(index)) }
      servePostponed()
      expireTimeouts()
      if killPlan.next <= now { endKilled() }
      serveQueues()
      resumeAcceptingIfDue()
      if isDraining && (openClients == 0 || now >= drainDeadline) { break }
    }
    closeEverything()
  }

  private mutating func handle(_ readiness: Readiness) {
    let token = EventToken(readiness.token)
    switch token.kind {
    case EventToken.Kind.client.rawValue:
      guard clients[token.index].phase != .free, token.matches(serial: clients[token.index].serial) else { return }
      now = MonotonicClock.now()
      clientReady(token.index, readiness)
    case EventToken.Kind.server.rawValue:
      guard serverConnections[token.index].phase != .free, token.matches(serial: serverConnections[token.index].serial)
      else { return }
      now = MonotonicClock.now()
      serverReady(token.index, readiness)
    case EventToken.Kind.listener.rawValue:
      acceptConnections(token.index)
    default:
      control.wakeup.clear()
      refreshSnapshot()
      if control.isDrainOrdered { beginDraining() }
    }
  }

  /// Milliseconds until the next timeout, rounded up, so that it is due when the wait ends; -1 when there is none.
  private func waitMilliseconds() -> Int32 {
    if postponed.count > 0 { return 0 }
    var deadline = timeouts.nextDeadline() ?? .max
    if !isAccepting { deadline = min(deadline, acceptsAgainAt) }
    deadline = min(deadline, drainDeadline, killPlan.next)
    guard deadline != .max else { return -1 }
    guard deadline > now else { return 0 }
    return Int32(clamping: (deadline - now) / 1_000_000 + 1)
  }

  /// Takes the latest snapshot if there is a newer one. It costs one load when there is none.
  @inline(__always)
  mutating func refreshSnapshot() {
    let version = published.version
    if version != seenVersion { takeSnapshot(version: version) }
  }

  private mutating func takeSnapshot(version: UInt64) {
    snapshot = published.load()
    seenVersion = version
    heads.routing.update(generation: snapshot.generation)
    noteKills()
  }

  /// Counts for the flag and cohort of an exchange.
  @inline(__always)
  func count(_ counter: CohortCounter, _ amount: UInt64 = 1, group: Int, cohort: Cohort) {
    lane.add(amount, at: lanes.cohortBase(group: group, cohort: Int(cohort.rawValue)) &+ counter.index)
  }

  @inline(__always)
  func count(_ counter: WorkerCounter) { lane.add(1, at: lanes.workerBase &+ counter.index) }
}
