internal import Bytes
internal import HTTPWire
internal import Reactor
internal import Statistics

// Clients: accept, close, and what their readiness means.
extension Worker {
  /// Connections accepted at a time, so that open ones are served in between.
  private static let acceptBatch = 64
  /// How long accepting pauses when connections or descriptors have run out: 50 ms, in nanoseconds.
  private static let acceptPause: UInt64 = 50_000_000

  mutating func acceptConnections(_ listener: Int) {
    guard isAccepting, listener < listeners.count else { return }
    for _ in 0..<Self.acceptBatch {
      guard openClients < clients.capacity else { return pauseAccepting() }
      guard let (number, peer) = Socket.accept(listeners[listener].descriptor.number) else {
        // Out of descriptors or memory: the connection waits in the kernel. Any other error concerns one client.
        return SystemError.last("accept").isExhaustion ? pauseAccepting() : ()
      }
      addClient(number, peer)
    }
  }

  private mutating func addClient(_ number: Int32, _ peer: PeerAddress) {
    let index = takeClientSlot()
    let serial = clients[index].serial
    guard poller.addEdgeTriggered(number, token: EventToken(.client, index: index, serial: serial).raw) else {
      Socket.close(number)
      return returnClientSlot(index)
    }
    clients[index].descriptor = number
    clients[index].peer = peer
    clients[index].phase = .head
    clients[index].mayRead = false
    clients[index].mayWrite = true
    clients[index].hasEnded = false
    clients[index].serverConnection = -1
    clients[index].headBegunAt = 0
    openClients &+= 1
    count(.connectionsAccepted)
    arm(index, .clientIdle)
  }

  private mutating func takeClientSlot() -> Int {
    if freeClient >= 0 {
      let index = Int(freeClient)
      freeClient = clients[index].next
      return index
    }
    clients.append(ClientConnection())
    return clients.count &- 1
  }

  private mutating func returnClientSlot(_ index: Int) {
    clients[index].phase = .free
    clients[index].serial &+= 1
    clients[index].next = freeClient
    freeClient = Int32(truncatingIfNeeded: index)
  }

  private mutating func pauseAccepting() {
    isAccepting = false
    acceptsAgainAt = now &+ Self.acceptPause
    count(.acceptPauses)
    for index in 0..<listeners.count { poller.remove(listeners[index].descriptor.number) }
  }

  mutating func resumeAcceptingIfDue() {
    guard !isAccepting, !isDraining, now >= acceptsAgainAt else { return }
    guard openClients < clients.capacity else {
      acceptsAgainAt = now &+ Self.acceptPause
      return
    }
    isAccepting = true
    listen()
  }

  /// Registers the listeners with the poller.
  mutating func listen() {
    for index in 0..<listeners.count {
      _ = poller.addLevelTriggered(listeners[index].descriptor.number, token: EventToken(.listener, index: index).raw)
    }
  }

  /// Closes the connection; with `resets`, so that the client cannot take what it got for a whole response.
  mutating func closeClient(_ index: Int, resets: Bool = false) {
    timeouts.disarm(index)
    buffers.release(&clients[index].input)
    buffers.release(&clients[index].output)
    if resets { Socket.reset(clients[index].descriptor) } else { Socket.close(clients[index].descriptor) }
    clients[index].descriptor = -1
    openClients &-= 1
    count(.connectionsClosed)
    returnClientSlot(index)
  }

  mutating func clientReady(_ index: Int, _ readiness: Readiness) {
    if readiness.hasFailed { return clientLost(index) }
    if readiness.isWritable { clients[index].mayWrite = true }
    if readiness.isReadable { clients[index].mayRead = true }
    if readiness.hasEnded { clients[index].hasEnded = true }
    progress(index)
  }

  /// Does what the sockets allow by now.
  private mutating func progress(_ index: Int) {
    switch clients[index].phase {
    case .free, .queued, .connecting: return
    case .head: break
    case .exchanging:
      // Even without a byte to move: one that was postponed after its last byte is not finished yet.
      pumpResponse(index)
      if clients[index].phase == .exchanging { pumpRequest(index) }
    case .responding: pumpLocalResponse(index)
    case .draining: drainBody(index)
    case .lingering: drainLingering(index)
    }
    continueClient(index)
  }

  /// Steps (reads, writes, requests) of a client in one turn of the loop; then the others have theirs.
  static var stepsPerTurn: Int { 16 }

  /// Lets the client go on in the next turn: an edge-triggered poller does not report again what it leaves.
  mutating func postpone(_ index: Int) {
    guard !clients[index].isPostponed else { return }
    clients[index].isPostponed = true
    postponed.append(Int32(truncatingIfNeeded: index))
  }

  /// Serves each client that was postponed before this turn, once.
  mutating func servePostponed() {
    let count = postponed.count
    guard count > 0 else { return }
    for position in 0..<count {
      let index = Int(postponed[position])
      clients[index].isPostponed = false
      now = MonotonicClock.now()
      progress(index)
    }
    // Those postponed meanwhile wait for the next turn.
    postponed.removeFirst(count)
  }

  /// Takes up the next request if the connection is between two.
  mutating func continueClient(_ index: Int) {
    guard clients[index].phase == .head else { return }
    if clients[index].input.receivedCount > 0 || clients[index].mayRead { readHead(index) }
  }

  /// The connection is gone in both directions: no one is left to read a response.
  mutating func clientLost(_ index: Int) {
    switch clients[index].phase {
    case .free: return
    case .head, .draining, .lingering, .responding: break
    case .queued, .connecting, .exchanging: count(.clientAborts)
    }
    abort(index, as: .clientGone, resets: false)
  }

  /// Reads once from the client. False when there is nothing more for now; the connection may be closed then.
  mutating func receive(_ index: Int) -> Bool {
    guard clients[index].mayRead else { return false }
    guard buffers.attach(&clients[index].input) else { return false }
    let room = clients[index].input.freeCount
    guard room > 0 else { return false }
    switch Socket.receive(clients[index].descriptor, into: &clients[index].input) {
    case .moved(let count):
      // A short read has emptied the socket, except for an end that was reported with it.
      if count < room, !clients[index].hasEnded { clients[index].mayRead = false }
      return true
    case .wouldBlock:
      clients[index].mayRead = false
      return false
    case .ended:
      clients[index].mayRead = false
      clients[index].hasEnded = true
      clientEnded(index)
      return false
    case .failed:
      clientLost(index)
      return false
    }
  }

  /// The client will send no more. A response that is under way is still delivered.
  private mutating func clientEnded(_ index: Int) {
    switch clients[index].phase {
    case .head, .draining, .lingering: closeClient(index)
    case .exchanging where !clients[index].exchange.request.isComplete:
      count(.clientAborts)
      abort(index, as: .clientGone, resets: true)
    default: clients[index].exchange.closeClientAfterwards()
    }
  }

  @inline(__always)
  mutating func arm(_ index: Int, _ timeout: Timeout) { timeouts.arm(index, kind: timeout.rawValue, now: now) }
}
