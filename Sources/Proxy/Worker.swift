internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

/// One event loop with all that it needs for itself: listener, connections, pools, buffers, timeouts, counters. Nothing
/// of it is touched by another thread but the published snapshot, the counters (read) and the drain order.
///
/// Connections live in slabs and are named by index. Event handlers are grouped by file:
///
///     Worker+Clients      accept, close, what a client's readiness means
///     Worker+Requests     heads, the decision, the rewritten request
///     Worker+Upload       request bytes to the upstream
///     Worker+Upstreams    pools: lend, connect, queue, give back
///     Worker+Answers      answer bytes to the client
///     Worker+Endings      finished, failed, answered by ourselves
///     Worker+Recording    what is counted of an exchange
///     Worker+AccessLog    what the access log is told of it
///     Worker+Timeouts     what each timeout does; draining
///     Worker+Kill         what a kill ends
struct Worker: ~Copyable {
  let poller: Poller
  let listeners: Slab<Listener>
  /// 0 once draining has closed them.
  var listenerCount: Int
  let control: WorkerControl
  let timeoutSettings: TimeoutSettings
  let limits: LimitSettings
  let headLimits: HeadLimits
  let headers: HeaderSettings
  let anonymous: UserKeySettings.Anonymous
  let anonymousCookie: FixedBytes
  let viaName: FixedBytes

  let clients: Slab<ClientConnection>
  var clientsUsed = 0
  var freeClient: Int32 = -1
  var openClients = 0
  let upstreams: Slab<UpstreamConnection>
  var upstreamsUsed = 0
  var freeUpstream: Int32 = -1
  var buffers: BufferPool
  var timeouts: TimeoutLists

  let servers: Slab<Server>
  let cohorts: Slab<CohortState>
  let router: Router
  var users: UserIdentifier
  var stamps: RoutingHeaders

  let published: Published<FlagSnapshot>
  var seenVersion: UInt64 = 0
  var snapshot: FlagSnapshot
  let deciders: Slab<FlagDecider>
  var killPlan: KillPlan

  let lanes: LaneIndices
  let lane: CounterLane.Writer
  /// What the control plane tells while the worker runs.
  let workerSettings: CounterLane.Reader
  let userTables: UserTables
  var accessTap: AccessTap

  var requestFields: FieldTable
  var answerFields: FieldTable
  var scratch: ByteWriter
  var date = HTTPDate()
  var random: RandomBits
  /// Monotonic nanoseconds, read when an event is taken up.
  var now = MonotonicClock.now()
  /// Clients that have used up their share of a turn.
  let postponed: Slab<Int32>
  var postponedCount = 0
  var acceptsAgainAt: UInt64 = 0
  var isAccepting = true
  var isDraining = false
  var drainDeadline = UInt64.max

  /// Serves until a drain order has been carried out.
  mutating func run() {
    listen()
    _ = poller.addLevelTriggered(control.wakeup.descriptor.number, token: EventToken(.wakeup).raw)
    while true {
      let count = poller.wait(milliseconds: waitMilliseconds())
      now = MonotonicClock.now()
      date.update(seconds: WallClock.seconds())
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
    case EventToken.Kind.upstream.rawValue:
      guard upstreams[token.index].phase != .free, token.matches(serial: upstreams[token.index].serial) else { return }
      now = MonotonicClock.now()
      upstreamReady(token.index, readiness)
    case EventToken.Kind.listener.rawValue:
      acceptConnections(token.index)
    default:
      control.wakeup.clear()
      refreshSnapshot()
      if control.isDrainOrdered { beginDraining() }
    }
  }

  /// Until the next timeout, rounded up, so that it is due when the wait ends; -1 when there is none.
  private func waitMilliseconds() -> Int32 {
    if postponedCount > 0 { return 0 }
    var deadline = timeouts.nextDeadline() ?? .max
    if !isAccepting { deadline = min(deadline, acceptsAgainAt) }
    deadline = min(deadline, drainDeadline, killPlan.next)
    guard deadline != .max else { return -1 }
    guard deadline > now else { return 0 }
    return Int32(clamping: (deadline - now) / 1_000_000 + 1)
  }

  /// Takes up the latest snapshot if there is a newer one than the one at hand. One load when there is none.
  @inline(__always)
  mutating func refreshSnapshot() {
    let version = published.version
    if version != seenVersion { takeSnapshot(version: version) }
  }

  private mutating func takeSnapshot(version: UInt64) {
    snapshot = published.load()
    seenVersion = version
    for index in 0..<deciders.capacity { deciders[index] = snapshot.decider(at: index) }
    stamps.update(generation: snapshot.generation)
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
