internal import Bytes
internal import HTTPWire
internal import Reactor

/// The server's thread: sockets, clock and timeouts. Each connection's `Session` decides what happens on it.
final class ServerLoop {
  let poller: Poller
  /// Empty after a stop has closed them.
  private var sockets: [ListeningSocket]
  let control: ServerControl
  let limits: ServerLimits
  let handler: LocalServer.Handler

  var connections: [Connection?]
  /// Slots without a connection.
  var freeSlots: [Int]
  private var nextSerial: UInt32 = 0
  var timeouts: TimeoutLists
  var delays = DelayQueue()
  /// The connections that follow each feed.
  var subscriptions: [ObjectIdentifier: (feed: Feed, connections: [Int])] = [:]
  var date = HTTPDate()
  /// Monotonic nanoseconds, read once for all events of one wait.
  var now = MonotonicClock.now()
  /// Set while accepting pauses.
  private var acceptsAgainAt: Deadline?
  /// Set after a stop.
  private var stopDeadline: Deadline?

  init(
    sockets: sending [ListeningSocket], control: ServerControl, limits: ServerLimits,
    handler: @escaping LocalServer.Handler
  ) throws(SystemError) {
    poller = try Poller()
    self.control = control
    self.limits = limits
    self.handler = handler
    connections = Array(repeating: nil, count: limits.connections)
    freeSlots = (0..<limits.connections).reversed()
    timeouts = TimeoutLists(
      nodeCount: limits.connections, durations: ServerTimeout.allCases.map { $0.duration(limits).nanoseconds })
    self.sockets = sockets
    _ = poller.addLevelTriggered(control.wakeup.descriptor.number, token: Token.wakeup)
    pollSockets()
  }

  private enum Token {
    static let wakeup = UInt64.max
    /// Above all slots of connections.
    static func socket(_ number: Int) -> UInt64 { .max - 1 - UInt64(number) }
  }

  /// Serves until it is stopped.
  func run() {
    while !isFinished {
      let count = poller.wait(milliseconds: nextDeadline.pollMilliseconds)
      now = MonotonicClock.now()
      date.update(seconds: WallClock.seconds())
      for index in 0..<count { handle(poller.readiness(index)) }
      resumeDelayed()
      expireTimeouts()
      acceptAgainIfDue()
    }
    for index in connections.indices { close(index) }
    sockets = []
  }

  private var isFinished: Bool {
    guard let stopDeadline else { return false }
    return freeSlots.count == connections.count || now >= stopDeadline.nanoseconds
  }

  private var nextDeadline: Deadline {
    let timeout = timeouts.nextDeadline().map { Deadline(nanoseconds: $0) }
    return [timeout, delays.nextDue, acceptsAgainAt, stopDeadline].compactMap(\.self).min() ?? .never
  }

  private func handle(_ readiness: Readiness) {
    switch readiness.token {
    case Token.wakeup:
      control.wakeup.clear()
      deliverCompleted()
      distributePosts()
      if control.isStopRequested { beginStopping() }
    default:
      if let number = sockets.indices.first(where: { Token.socket($0) == readiness.token }) {
        return acceptConnections(sockets[number])
      }
      let (index, serial) = Connection.slot(of: readiness.token)
      guard connections.indices.contains(index), connections[index]?.serial == serial else { return }
      connectionReady(index, readiness)
    }
  }

  private func resumeDelayed() {
    // A connection that is due again at once waits until the others had their turn.
    let start = now
    for _ in connections.indices {
      guard let entry = delays.takeDue(now: start) else { return }
      connections[entry.index]?.isPausing = false
      advance(entry.index)
    }
  }

  private func expireTimeouts() {
    while let (index, kind) = timeouts.takeExpired(now: now) {
      guard let connection = connections[index], let timeout = ServerTimeout(rawValue: kind) else { continue }
      if timeout == .heartbeat {
        sendHeartbeat(index)
        continue
      }
      stopAwaiting(connection)
      if connection.session.expire(timeout) { advance(index) } else { close(index, resets: timeout == .write) }
    }
  }

  private func beginStopping() {
    guard stopDeadline == nil else { return }
    stopDeadline = Deadline(after: limits.stop, from: now)
    acceptsAgainAt = nil
    sockets = []
    for index in connections.indices {
      guard let session = connections[index]?.session else { continue }
      session.stop()
      if session.isIdle { close(index) } else if connections[index]?.feed != nil { advance(index) }
    }
  }

  // MARK: Accepting

  /// Connections accepted in one go, so that open ones are served in between.
  private static let acceptBatch = 64
  private static let acceptPause = Duration.milliseconds(100)

  private func pollSockets() {
    for (number, socket) in sockets.enumerated() {
      _ = poller.addLevelTriggered(socket.number, token: Token.socket(number))
    }
  }

  private func acceptConnections(_ socket: ListeningSocket) {
    guard stopDeadline == nil, acceptsAgainAt == nil else { return }
    for _ in 0..<Self.acceptBatch {
      guard let (number, peer) = Socket.accept(socket.number) else {
        return SystemError.last("accept").isExhaustion ? pauseAccepting() : ()
      }
      add(number, socket.peer(of: number, peer))
    }
  }

  /// Waits for free descriptors. Without the pause the event would return at once and the loop would spin; connections
  /// wait in the kernel meanwhile.
  private func pauseAccepting() {
    acceptsAgainAt = Deadline(after: Self.acceptPause, from: now)
    for socket in sockets { poller.remove(socket.number) }
  }

  private func acceptAgainIfDue() {
    guard let deadline = acceptsAgainAt, now >= deadline.nanoseconds else { return }
    acceptsAgainAt = nil
    pollSockets()
  }

  /// Which connections make room, in this order: silent ones, then those that send or receive slowly. A connection that
  /// waits for its response stays.
  private static let makingRoom: [ServerTimeout] = [.idle, .linger, .head, .body, .write]

  /// Closes the connection that has stalled longest when no slot is free, so that nobody can lock others out by holding
  /// connections. A request that arrives in one piece is answered long before its connection is the oldest.
  private func makeRoom() {
    guard freeSlots.isEmpty else { return }
    for kind in Self.makingRoom {
      if let index = timeouts.first(ofKind: kind.rawValue) { return close(index) }
    }
  }

  private func add(_ number: Int32, _ peer: Peer) {
    makeRoom()
    guard let index = freeSlots.popLast() else { return Socket.close(number) }
    nextSerial &+= 1
    guard poller.addEdgeTriggered(number, token: Connection.token(index: index, serial: nextSerial)) else {
      freeSlots.append(index)
      return Socket.close(number)
    }
    let session = Session(limits: limits, peer: peer)
    connections[index] = Connection(descriptor: number, serial: nextSerial, session: session)
    timeouts.arm(index, kind: ServerTimeout.idle.rawValue, now: now)
  }
}
