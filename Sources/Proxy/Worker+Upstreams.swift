internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Connections to servers: lend an idle one, open one, queue for one, give back, close.
extension Worker {
  /// Finds a connection for the client's request: an idle one, else a new one, else a place in the queue. With `isFresh`
  /// no idle one is taken: the last one turned out dead.
  mutating func obtainUpstream(_ index: Int, isFresh: Bool = false) {
    let cohort = Int(clients[index].exchange.cohort.rawValue)
    guard let server = chooseServer(cohort) else { return enqueue(index, cohort) }
    use(server, for: index, isFresh: isFresh)
  }

  private mutating func use(_ server: Int, for index: Int, isFresh: Bool) {
    clients[index].exchange.attempts &+= 1
    if !isFresh, let idle = takeIdle(server) { return lend(idle, to: index) }
    if servers[server].connections >= limits.serverConnections, servers[server].firstIdle >= 0 {
      closeUpstream(Int(servers[server].firstIdle))
    }
    connect(index, server)
  }

  /// The server with room that has the fewest requests at work, beginning at a different one each time. One that lately
  /// refused is as good as full while the cohort has others. Nil when none has room.
  private mutating func chooseServer(_ cohort: Int) -> Int? {
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

  /// An idle connection on which nothing has arrived. Bytes on one that nobody asked are for nobody, and an end means
  /// that the server has just closed it: both may not have been told yet, so the socket is asked.
  private mutating func takeIdle(_ server: Int) -> Int? {
    while servers[server].firstIdle >= 0 {
      let idle = Int(servers[server].firstIdle)
      guard Socket.isQuiet(upstreams[idle].descriptor) else {
        closeUpstream(idle)
        continue
      }
      unlinkIdle(idle)
      return idle
    }
    return nil
  }

  private mutating func unlinkIdle(_ upstream: Int) {
    let (previous, next) = (upstreams[upstream].previous, upstreams[upstream].next)
    if previous >= 0 {
      upstreams[Int(previous)].next = next
    } else {
      servers[Int(upstreams[upstream].server)].firstIdle = next
    }
    if next >= 0 { upstreams[Int(next)].previous = previous }
    servers[Int(upstreams[upstream].server)].idle &-= 1
    timeouts.disarm(clients.capacity &+ upstream)
  }

  private mutating func lend(_ upstream: Int, to index: Int) {
    upstreams[upstream].phase = .lent
    upstreams[upstream].client = Int32(truncatingIfNeeded: index)
    clients[index].upstream = Int32(truncatingIfNeeded: upstream)
    clients[index].phase = .exchanging
    pumpRequest(index)
  }

  private mutating func connect(_ index: Int, _ server: Int) {
    let number: Int32
    do { number = try Socket.connect(to: servers[server].address) } catch {
      return error.isExhaustion ? respond(index, .outOfDescriptors) : connectFailed(index, server, .connectRefused)
    }
    let upstream = takeUpstreamSlot()
    let serial = upstreams[upstream].serial
    upstreams[upstream].descriptor = number
    upstreams[upstream].phase = .connecting
    upstreams[upstream].mayRead = false
    upstreams[upstream].mayWrite = false
    upstreams[upstream].hasEnded = false
    upstreams[upstream].isReused = false
    upstreams[upstream].server = Int32(truncatingIfNeeded: server)
    upstreams[upstream].client = Int32(truncatingIfNeeded: index)
    servers[server].connections &+= 1
    count(.upstreamConnectionsOpened)
    clients[index].upstream = Int32(truncatingIfNeeded: upstream)
    clients[index].phase = .connecting
    clients[index].exchange.waitBegunAt = now
    timeouts.arm(clients.capacity &+ upstream, kind: Timeout.connect.rawValue, now: now)
    guard poller.addEdgeTriggered(number, token: EventToken(.upstream, index: upstream, serial: serial).raw) else {
      clients[index].upstream = -1
      closeUpstream(upstream)
      return respond(index, .outOfDescriptors)
    }
  }

  private mutating func takeUpstreamSlot() -> Int {
    if freeUpstream >= 0 {
      let index = Int(freeUpstream)
      freeUpstream = upstreams[index].next
      return index
    }
    upstreams.initialize(upstreamsUsed, to: UpstreamConnection())
    upstreamsUsed &+= 1
    return upstreamsUsed &- 1
  }

  mutating func upstreamReady(_ upstream: Int, _ readiness: Readiness) {
    if readiness.isWritable { upstreams[upstream].mayWrite = true }
    if readiness.isReadable || readiness.hasFailed { upstreams[upstream].mayRead = true }
    if readiness.hasEnded || readiness.hasFailed { upstreams[upstream].hasEnded = true }
    switch upstreams[upstream].phase {
    case .free: return
    case .connecting: finishConnecting(upstream, readiness)
    case .idle:
      // Nothing is asked for, so whatever comes is for nobody. The event may tell of bytes that were read since.
      guard upstreams[upstream].mayRead else { return }
      upstreams[upstream].mayRead = false
      if !Socket.isQuiet(upstreams[upstream].descriptor) { closeUpstream(upstream) }
    case .lent:
      let index = Int(upstreams[upstream].client)
      if upstreams[upstream].mayRead { pumpAnswer(index) }
      if clients[index].phase == .exchanging, clients[index].input.readyCount > 0 { pumpRequest(index) }
      continueClient(index)
    }
  }

  private mutating func finishConnecting(_ upstream: Int, _ readiness: Readiness) {
    if readiness.hasFailed || !Socket.isConnected(upstreams[upstream].descriptor) {
      return connectionLost(upstream, .connectRefused)
    }
    guard readiness.isWritable else { return }
    let index = Int(upstreams[upstream].client)
    noteConnectTime(index)
    timeouts.disarm(clients.capacity &+ upstream)
    servers[Int(upstreams[upstream].server)].avoidedUntil = 0
    lend(upstream, to: index)
    // A server may answer before it has read anything, in the event that told of the connection.
    if clients[index].phase == .exchanging, upstreams[upstream].mayRead { pumpAnswer(index) }
    continueClient(index)
  }

  /// A connection that was being opened did not come to stand.
  mutating func connectionLost(_ upstream: Int, _ loss: UpstreamLoss) {
    let index = Int(upstreams[upstream].client)
    let server = Int(upstreams[upstream].server)
    noteConnectTime(index)
    clients[index].upstream = -1
    closeUpstream(upstream)
    connectFailed(index, server, loss)
    continueClient(index)
  }

  private mutating func noteConnectTime(_ index: Int) {
    clients[index].exchange.connectNanoseconds &+= now &- clients[index].exchange.waitBegunAt
  }

  private mutating func connectFailed(_ index: Int, _ server: Int, _ loss: UpstreamLoss) {
    servers[server].avoidedUntil = now &+ Server.avoidance
    settle(index, loss, isReused: false)
  }

  /// The connection has served a whole exchange: back to the pool, from which the queue is served.
  mutating func giveBack(_ upstream: Int) {
    let server = Int(upstreams[upstream].server)
    upstreams[upstream].isReused = true
    upstreams[upstream].mayRead = false
    upstreams[upstream].client = -1
    let next = servers[server].firstIdle
    upstreams[upstream].phase = .idle
    upstreams[upstream].previous = -1
    upstreams[upstream].next = next
    if next >= 0 { upstreams[Int(next)].previous = Int32(truncatingIfNeeded: upstream) }
    servers[server].firstIdle = Int32(truncatingIfNeeded: upstream)
    servers[server].idle &+= 1
    timeouts.arm(clients.capacity &+ upstream, kind: Timeout.pooledIdle.rawValue, now: now)
  }

  /// Closes a connection in any phase; the queue is served from the room it leaves.
  mutating func closeUpstream(_ upstream: Int) {
    if upstreams[upstream].phase == .idle { unlinkIdle(upstream) }
    timeouts.disarm(clients.capacity &+ upstream)
    Socket.close(upstreams[upstream].descriptor)
    let server = Int(upstreams[upstream].server)
    servers[server].connections &-= 1
    count(.upstreamConnectionsClosed)
    upstreams[upstream].phase = .free
    upstreams[upstream].descriptor = -1
    upstreams[upstream].client = -1
    upstreams[upstream].serial &+= 1
    upstreams[upstream].next = freeUpstream
    freeUpstream = Int32(truncatingIfNeeded: upstream)
  }

  // MARK: The queue of a cohort

  private mutating func enqueue(_ index: Int, _ cohort: Int) {
    guard cohorts[cohort].waitingCount < limits.queuedRequests else { return respond(index, .queueFull) }
    let last = cohorts[cohort].lastWaiting
    clients[index].phase = .queued
    clients[index].exchange.waitBegunAt = now
    clients[index].next = -1
    clients[index].previous = last
    if last >= 0 {
      clients[Int(last)].next = Int32(truncatingIfNeeded: index)
    } else {
      cohorts[cohort].firstWaiting = Int32(truncatingIfNeeded: index)
    }
    cohorts[cohort].lastWaiting = Int32(truncatingIfNeeded: index)
    cohorts[cohort].waitingCount &+= 1
    count(.queued)
    arm(index, .queue)
  }

  /// Takes a queued client out of its cohort's queue.
  mutating func leaveQueue(_ index: Int) {
    let cohort = Int(clients[index].exchange.cohort.rawValue)
    let (previous, next) = (clients[index].previous, clients[index].next)
    if previous >= 0 { clients[Int(previous)].next = next } else { cohorts[cohort].firstWaiting = next }
    if next >= 0 { clients[Int(next)].previous = previous } else { cohorts[cohort].lastWaiting = previous }
    cohorts[cohort].waitingCount &-= 1
    clients[index].phase = .connecting
    clients[index].exchange.queueNanoseconds &+= now &- clients[index].exchange.waitBegunAt
    timeouts.disarm(index)
  }

  /// Serves the queues with connections for which there is room again. Called once per turn of the loop, so that no
  /// handler changes another client's state below its own feet.
  mutating func serveQueues() {
    for cohort in 0..<cohorts.capacity {
      while cohorts[cohort].firstWaiting >= 0, let server = chooseServer(cohort) {
        let waiting = Int(cohorts[cohort].firstWaiting)
        leaveQueue(waiting)
        use(server, for: waiting, isFresh: false)
        continueClient(waiting)
      }
    }
  }
}
