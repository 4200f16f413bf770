internal import Bytes
internal import HTTPWire
internal import Reactor

// Connections: moved on by their sessions, and closed.
extension ServerLoop {
  /// Requests of one connection that are answered before others have their turn.
  private static let requestsPerTurn = 32
  /// Bytes dropped from a client that goes on sending after its last answer.
  private static let lingerBytes = 262_144

  func close(_ index: Int, resets: Bool = false) {
    guard let connection = connections[index] else { return }
    timeouts.disarm(index)
    stopAwaiting(connection)
    stopListening(index, connection)
    if connection.isPausing { delays.remove(index: index) }
    if resets { Socket.reset(connection.descriptor) } else { Socket.close(connection.descriptor) }
    connections[index] = nil
    freeSlots.append(index)
  }

  func connectionReady(_ index: Int, _ readiness: Readiness) {
    guard let connection = connections[index] else { return }
    if readiness.hasFailed { return close(index) }
    if readiness.isReadable { connection.mayRead = true }
    if readiness.isWritable { connection.mayWrite = true }
    if connection.isLingering { drain(index, connection) } else { advance(index) }
  }

  /// Does what the session asks for until it has to wait.
  func advance(_ index: Int) {
    var answered = 0
    while let connection = connections[index], !connection.isPausing, connection.awaited == nil {
      switch connection.session.next(date: date.description) {
      case .receive(let timeout):
        guard receive(index, connection) else { return wait(index, timeout) }
      case .handle(let request):
        timeouts.disarm(index)
        guard takeUp(handler(request), index, connection) else { return }
        answered += 1
        if answered == Self.requestsPerTurn { pause(index, connection, nanoseconds: 1) }
      case .send:
        guard send(index, connection) else { return }
      case .pause(let nanoseconds): pause(index, connection, nanoseconds: nanoseconds)
      case .listen: return attend(index, connection)
      case .end: return linger(index, connection)
      }
    }
  }

  private func wait(_ index: Int, _ timeout: ServerTimeout) {
    guard connections[index] != nil else { return }
    timeouts.armUnlessRunning(index, kind: timeout.rawValue, now: now)
  }

  private func pause(_ index: Int, _ connection: Connection, nanoseconds: UInt64) {
    timeouts.disarm(index)
    connection.isPausing = true
    let (due, isOverflown) = now.addingReportingOverflow(nanoseconds)
    delays.insert(.init(due: isOverflown ? .max : due, index: index))
  }

  /// Reads once. False when there is nothing for now; the connection may be closed then.
  private func receive(_ index: Int, _ connection: Connection) -> Bool {
    guard connection.mayRead else { return false }
    switch Socket.receive(connection.descriptor, into: &connection.session.input) {
    case .moved: return true
    case .wouldBlock:
      connection.mayRead = false
      return false
    case .ended:
      connection.mayRead = false
      connection.session.inputEnded()
      return true
    case .failed:
      close(index)
      return false
    }
  }

  /// Sends once. False when the socket takes no more for now; the connection may be closed then.
  private func send(_ index: Int, _ connection: Connection) -> Bool {
    guard connection.mayWrite else {
      wait(index, .write)
      return false
    }
    switch connection.session.output.withUnsent({ Socket.send(connection.descriptor, bytes: $0) }) {
    case .moved(let count):
      connection.session.output.didSend(count)
      timeouts.arm(index, kind: ServerTimeout.write.rawValue, now: now)
      return true
    case .wouldBlock:
      connection.mayWrite = false
      wait(index, .write)
    case .ended, .failed: close(index)
    }
    return false
  }

  /// Ends our side and drops what still comes, so that no reset overtakes the answer (RFC 9112 9.6).
  private func linger(_ index: Int, _ connection: Connection) {
    if connection.session.hasEnded || connection.session.isIdle { return close(index) }
    Socket.shutdownSending(connection.descriptor)
    connection.isLingering = true
    timeouts.arm(index, kind: ServerTimeout.linger.rawValue, now: now)
    drain(index, connection)
  }

  /// Drops what the client sends, within a limit.
  func drain(_ index: Int, _ connection: Connection) {
    while connection.mayRead {
      connection.session.input.reset(headroom: 0)
      switch Socket.receive(connection.descriptor, into: &connection.session.input) {
      case .moved(let count):
        connection.drainedBytes += count
        if connection.drainedBytes > Self.lingerBytes { return close(index) }
      case .wouldBlock: connection.mayRead = false
      case .ended, .failed: return close(index)
      }
    }
  }
}
