internal import Bytes
internal import HTTPWire
internal import Reactor
internal import Statistics

// What each timeout does; draining.
extension Worker {
  mutating func expireTimeouts() {
    now = MonotonicClock.now()
    while let (node, kind) = timeouts.takeExpired(now: now) {
      guard let timeout = Timeout(rawValue: kind) else { continue }
      if node < clients.capacity {
        expireClient(node, timeout)
      } else if timeout == .connect {
        connectionLost(node &- clients.capacity, .connectTimeout)
      } else {
        closeUpstream(node &- clients.capacity)
      }
    }
  }

  private mutating func expireClient(_ index: Int, _ timeout: Timeout) {
    switch timeout {
    case .requestHead:
      clients[index].exchange = Exchange()
      noteMalformed(index)
      respond(index, .headTimeout)
    case .requestBody: respond(index, .bodyTimeout)
    case .queue: respond(index, .queueTimeout)
    case .firstByte: lose(index, .firstByteTimeout)
    case .responseIdle: lose(index, .responseIdle)
    case .writeIdle: writeStalled(index)
    case .clientIdle, .linger: closeClient(index)
    case .connect, .pooledIdle: return
    }
    continueClient(index)
  }

  /// Whoever has not taken bytes for so long is given up: the client if its answer waits, else the upstream.
  private mutating func writeStalled(_ index: Int) {
    if clients[index].output.readyCount > 0 {
      count(.clientAborts)
      abort(index, as: .clientTimeout, resets: true)
    } else {
      lose(index, .writeTimeout)
    }
  }

  // MARK: Draining

  /// No new connections; idle ones are closed; requests in flight finish and their connections close.
  mutating func beginDraining() {
    guard !isDraining else { return }
    for index in 0..<listenerCount { acceptConnections(index) }
    isDraining = true
    drainDeadline = now &+ timeoutSettings.drain
    isAccepting = false
    listeners.deallocate(initialized: listenerCount)
    listenerCount = 0
    for index in 0..<clientsUsed where clients[index].phase == .head && clients[index].input.receivedCount == 0 {
      // A request that is on its way is taken up; then the connection closes behind its answer.
      clients[index].mayRead = true
      readHead(index)
    }
    for index in 0..<clientsUsed { clients[index].exchange.keepsClient = false }
  }

  /// Ends what is left when draining is over or its time is up.
  mutating func closeEverything() {
    for index in 0..<clientsUsed where clients[index].phase != .free {
      abort(index, as: .shutdown, resets: clients[index].phase == .exchanging)
    }
    for upstream in 0..<upstreamsUsed where upstreams[upstream].phase != .free { closeUpstream(upstream) }
  }
}
