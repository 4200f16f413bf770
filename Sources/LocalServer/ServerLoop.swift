internal import Bytes
internal import HTTPWire
internal import Reactor

/// The server's thread: sockets, clock and timeouts. What is said on a connection is its session's to decide.
final class ServerLoop {
  let poller: Poller
  /// Empty once stopping has closed them.
  var doors: [ListeningSocket]
  let control: ServerControl
  let limits: ServerLimits
  let handler: LocalServer.Handler

  var connections: [Connection?]
  /// Slots that hold no connection.
  var freeSlots: [Int]
  var nextSerial: UInt32 = 0
  var timeouts: TimeoutLists
  var delays = DelayQueue()
  /// Who listens to which feed.
  var audience: [ObjectIdentifier: (feed: Feed, listeners: [Int])] = [:]
  var date = HTTPDate()
  /// Monotonic nanoseconds, read when the events of one wait are taken up.
  var now = MonotonicClock.now()
  /// Set while accepting pauses.
  var acceptsAgainAt: UInt64?
  /// Set once stopping.
  var stopDeadline: UInt64?

  init(
    doors: sending [ListeningSocket], control: ServerControl, limits: ServerLimits,
    handler: @escaping LocalServer.Handler
  ) throws(SystemError) {
    poller = try Poller()
    self.control = control
    self.limits = limits
    self.handler = handler
    connections = Array(repeating: nil, count: limits.connections)
    freeSlots = (0..<limits.connections).reversed()
    timeouts = TimeoutLists(
      nodeCount: limits.connections, durations: ServerTimeout.allCases.map { $0.duration(limits) })
    self.doors = doors
    _ = poller.addLevelTriggered(control.wakeup.descriptor.number, token: Token.wakeup)
    openDoors()
  }

  enum Token {
    static let wakeup = UInt64.max
    /// The half that is a connection's slot is above all slots.
    static func door(_ number: Int) -> UInt64 { .max - 1 - UInt64(number) }
  }

  /// Serves until it was stopped.
  func run() {
    while !isFinished {
      let count = poller.wait(milliseconds: waitMilliseconds())
      now = MonotonicClock.now()
      date.update(seconds: WallClock.seconds())
      for index in 0..<count { handle(poller.readiness(index)) }
      resumeDelayed()
      expireTimeouts()
      acceptAgainIfDue()
    }
    for index in connections.indices { close(index) }
    doors = []
  }

  private var isFinished: Bool {
    guard let stopDeadline else { return false }
    return freeSlots.count == connections.count || now >= stopDeadline
  }

  private func handle(_ readiness: Readiness) {
    switch readiness.token {
    case Token.wakeup:
      control.wakeup.clear()
      deliver()
      distribute()
      if control.isStopOrdered { beginStopping() }
    default:
      if let door = doors.indices.first(where: { Token.door($0) == readiness.token }) {
        return acceptConnections(doors[door])
      }
      let (index, serial) = Connection.place(of: readiness.token)
      guard connections.indices.contains(index), connections[index]?.serial == serial else { return }
      connectionReady(index, readiness)
    }
  }

  /// Until the next moment at which something is due, rounded up; -1 when there is none.
  private func waitMilliseconds() -> Int32 {
    let moments = [timeouts.nextDeadline(), delays.nextDue, acceptsAgainAt, stopDeadline].compactMap(\.self)
    guard let next = moments.min() else { return -1 }
    return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
  }

  private func resumeDelayed() {
    // What is due again at once has its turn after the other connections.
    let moment = now
    for _ in connections.indices {
      guard let entry = delays.takeDue(now: moment) else { return }
      connections[entry.index]?.isPausing = false
      advance(entry.index)
    }
  }

  private func expireTimeouts() {
    while let (index, kind) = timeouts.takeExpired(now: now) {
      guard let connection = connections[index], let timeout = ServerTimeout(rawValue: kind) else { continue }
      if timeout == .heartbeat {
        beat(index)
        continue
      }
      stopAwaiting(connection)
      if connection.session.expire(timeout) { advance(index) } else { close(index, resets: timeout == .write) }
    }
  }

  private func beginStopping() {
    guard stopDeadline == nil else { return }
    stopDeadline = now &+ limits.stop
    acceptsAgainAt = nil
    doors = []
    for index in connections.indices {
      guard let session = connections[index]?.session else { continue }
      session.stop()
      if session.isIdle { close(index) } else if connections[index]?.feed != nil { advance(index) }
    }
  }
}
