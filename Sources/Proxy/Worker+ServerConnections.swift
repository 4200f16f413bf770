internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Connections to servers: lend an idle one, open one, queue for one, give back, close.
extension Worker {
  /// Finds a connection for the client's request: an idle one, else a new one, else it queues. With `isFresh` it takes no idle
  /// one, because the last one turned out dead.
  mutating func obtainServer(_ index: Int, isFresh: Bool = false) {
    let cohort = Int(clients[index].exchange.cohort.rawValue)
    guard let server = chooseServer(cohort) else { return enqueue(index, cohort) }
    use(server, for: index, isFresh: isFresh)
  }

  private mutating func use(_ server: Int, for index: Int, isFresh: Bool) {
    clients[index].exchange.attempts &+= 1
    clients[index].exchange.server = Int16(truncatingIfNeeded: server)
    if !isFresh, let idle = takeIdle(server) { return lend(idle, to: index) }
    if servers[server].connections >= limits.serverConnections, servers[server].firstIdle >= 0 {
      closeServerConnection(Int(servers[server].firstIdle))
    }
    connect(index, server)
  }

  /// An idle connection on which nothing has arrived. Bytes that nobody asked for belong to no one, and an end means that
  /// the server has just closed it. The poller may not have reported either yet, so the socket is asked.
  private mutating func takeIdle(_ server: Int) -> Int? {
    while servers[server].firstIdle >= 0 {
      let idle = Int(servers[server].firstIdle)
      guard Socket.isQuiet(serverConnections[idle].descriptor) else {
        closeServerConnection(idle)
        continue
      }
      unlinkIdle(idle)
      return idle
    }
    return nil
  }

  private mutating func unlinkIdle(_ connection: Int) {
    let (previous, next) = (serverConnections[connection].previous, serverConnections[connection].next)
    if previous >= 0 {
      serverConnections[Int(previous)].next = next
    } else {
      servers[Int(serverConnections[connection].server)].firstIdle = next
    }
    if next >= 0 { serverConnections[Int(next)].previous = previous }
    servers[Int(serverConnections[connection].server)].idle &-= 1
    timeouts.disarm(clients.capacity &+ connection)
  }

  private mutating func lend(_ connection: Int, to index: Int) {
    serverConnections[connection].phase = .lent
    serverConnections[connection].client = Int32(truncatingIfNeeded: index)
    clients[index].serverConnection = Int32(truncatingIfNeeded: connection)
    clients[index].phase = .exchanging
    pumpRequest(index)
  }

  private mutating func connect(_ index: Int, _ server: Int) {
    let number: Int32
    do { number = try Socket.connect(to: servers[server].address) } catch {
      return error.isExhaustion ? respond(index, .outOfDescriptors) : connectFailed(index, server, .connectRefused)
    }
    let connection = takeServerSlot()
    let serial = serverConnections[connection].serial
    serverConnections[connection].descriptor = number
    serverConnections[connection].phase = .connecting
    serverConnections[connection].mayRead = false
    serverConnections[connection].mayWrite = false
    serverConnections[connection].hasEnded = false
    serverConnections[connection].isReused = false
    serverConnections[connection].server = Int32(truncatingIfNeeded: server)
    serverConnections[connection].client = Int32(truncatingIfNeeded: index)
    servers[server].connections &+= 1
    count(.upstreamConnectionsOpened)
    clients[index].serverConnection = Int32(truncatingIfNeeded: connection)
    clients[index].phase = .connecting
    clients[index].exchange.waitBegunAt = now
    timeouts.arm(clients.capacity &+ connection, kind: Timeout.connect.rawValue, now: now)
    guard poller.addEdgeTriggered(number, token: EventToken(.server, index: connection, serial: serial).raw) else {
      clients[index].serverConnection = -1
      closeServerConnection(connection)
      return respond(index, .outOfDescriptors)
    }
  }

  private mutating func takeServerSlot() -> Int {
    if freeServerConnection >= 0 {
      let index = Int(freeServerConnection)
      freeServerConnection = serverConnections[index].next
      return index
    }
    serverConnections.append(ServerConnection())
    return serverConnections.count &- 1
  }

  mutating func serverReady(_ connection: Int, _ readiness: Readiness) {
    if readiness.isWritable { serverConnections[connection].mayWrite = true }
    if readiness.isReadable || readiness.hasFailed { serverConnections[connection].mayRead = true }
    if readiness.hasEnded || readiness.hasFailed { serverConnections[connection].hasEnded = true }
    switch serverConnections[connection].phase {
    case .free: return
    case .connecting: finishConnecting(connection, readiness)
    case .idle:
      // Nothing was asked for, so whatever comes belongs to no one. The event may be about bytes that were read since.
      guard serverConnections[connection].mayRead else { return }
      serverConnections[connection].mayRead = false
      if !Socket.isQuiet(serverConnections[connection].descriptor) { closeServerConnection(connection) }
    case .lent:
      let index = Int(serverConnections[connection].client)
      if serverConnections[connection].mayRead { pumpResponse(index) }
      if clients[index].phase == .exchanging, clients[index].input.readyCount > 0 { pumpRequest(index) }
      continueClient(index)
    }
  }

  private mutating func finishConnecting(_ connection: Int, _ readiness: Readiness) {
    if readiness.hasFailed || !Socket.isConnected(serverConnections[connection].descriptor) {
      return connectionLost(connection, .connectRefused)
    }
    guard readiness.isWritable else { return }
    let index = Int(serverConnections[connection].client)
    noteConnectTime(index)
    timeouts.disarm(clients.capacity &+ connection)
    servers[Int(serverConnections[connection].server)].avoidedUntil = 0
    lend(connection, to: index)
    // A server may respond before it has read anything, in the event that reported the connection.
    if clients[index].phase == .exchanging, serverConnections[connection].mayRead { pumpResponse(index) }
    continueClient(index)
  }

  /// An attempt to connect failed.
  mutating func connectionLost(_ connection: Int, _ failure: ServerFailure) {
    let index = Int(serverConnections[connection].client)
    let server = Int(serverConnections[connection].server)
    noteConnectTime(index)
    clients[index].serverConnection = -1
    closeServerConnection(connection)
    connectFailed(index, server, failure)
    continueClient(index)
  }

  private mutating func noteConnectTime(_ index: Int) {
    clients[index].exchange.connectNanoseconds &+= now &- clients[index].exchange.waitBegunAt
  }

  private mutating func connectFailed(_ index: Int, _ server: Int, _ failure: ServerFailure) {
    servers[server].avoidedUntil = now &+ Server.avoidance
    recover(index, from: failure, isReused: false)
  }

  /// Returns a connection that has served a whole exchange to the pool, from which the queue is served.
  mutating func giveBack(_ connection: Int) {
    let server = Int(serverConnections[connection].server)
    serverConnections[connection].isReused = true
    serverConnections[connection].mayRead = false
    serverConnections[connection].client = -1
    let next = servers[server].firstIdle
    serverConnections[connection].phase = .idle
    serverConnections[connection].previous = -1
    serverConnections[connection].next = next
    if next >= 0 { serverConnections[Int(next)].previous = Int32(truncatingIfNeeded: connection) }
    servers[server].firstIdle = Int32(truncatingIfNeeded: connection)
    servers[server].idle &+= 1
    timeouts.arm(clients.capacity &+ connection, kind: Timeout.pooledIdle.rawValue, now: now)
  }

  /// Closes a connection in any phase; the queue gets the room it leaves.
  mutating func closeServerConnection(_ connection: Int) {
    if serverConnections[connection].phase == .idle { unlinkIdle(connection) }
    timeouts.disarm(clients.capacity &+ connection)
    Socket.close(serverConnections[connection].descriptor)
    let server = Int(serverConnections[connection].server)
    servers[server].connections &-= 1
    count(.upstreamConnectionsClosed)
    serverConnections[connection].phase = .free
    serverConnections[connection].descriptor = -1
    serverConnections[connection].client = -1
    serverConnections[connection].serial &+= 1
    serverConnections[connection].next = freeServerConnection
    freeServerConnection = Int32(truncatingIfNeeded: connection)
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

  /// Serves the queues while servers have room. Called once per turn of the loop, so that no handler changes the state of
  /// another client while that one is handled.
  mutating func serveQueues() {
    for cohort in 0..<cohorts.count {
      while cohorts[cohort].firstWaiting >= 0, let server = chooseServer(cohort) {
        let waiting = Int(cohorts[cohort].firstWaiting)
        leaveQueue(waiting)
        use(server, for: waiting, isFresh: false)
        continueClient(waiting)
      }
    }
  }
}
