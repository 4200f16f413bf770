internal import Bytes
internal import HTTPWire
internal import Reactor

/// A client's socket and its session.
final class Connection {
  let descriptor: Int32
  /// Distinguishes this connection from an earlier or later one in the same slot.
  let serial: UInt32
  let session: Session
  /// Whether the socket may hold bytes, or take some: known from edge-triggered events and transfers.
  var mayRead = false
  var mayWrite = true
  /// The delay queue resumes its session.
  var isPausing = false
  /// The response that it waits for; nothing is read meanwhile.
  var awaited: DeferredResponse?
  var feed: Feed?
  /// It did not read the feed fast enough.
  var isTooSlow = false
  /// Our side is closed, the client's not yet.
  var isLingering = false
  /// Bytes dropped while lingering or feeding.
  var drainedBytes = 0

  init(descriptor: Int32, serial: UInt32, session: Session) {
    self.descriptor = descriptor
    self.serial = serial
    self.session = session
  }

  static func token(index: Int, serial: UInt32) -> UInt64 { UInt64(serial) << 32 | UInt64(index) }

  static func slot(of token: UInt64) -> (index: Int, serial: UInt32) {
    (Int(token & 0xFFFF_FFFF), UInt32(token >> 32))
  }
}

// Carries out what sessions ask for, and closes connections.
extension ServerLoop {
  /// Requests of one connection that are answered before others have their turn.
  private static let requestsPerTurn = 32
  /// Bytes dropped from a client that goes on sending after its last response.
  private static let lingerBytes = 262_144

  func close(_ index: Int, resets: Bool = false) {
    guard let connection = connections[index] else { return }
    timeouts.disarm(index)
    stopAwaiting(connection)
    unsubscribe(index, connection)
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
    var responses = 0
    while let connection = connections[index], !connection.isPausing, connection.awaited == nil {
      switch connection.session.next(date: date.description) {
      case .receive(let timeout):
        guard receive(index, connection) else { return wait(index, timeout) }
      case .handle(let request):
        timeouts.disarm(index)
        guard begin(handler(request), index, connection) else { return }
        responses += 1
        if responses == Self.requestsPerTurn { pause(index, connection, .nanoseconds(1)) }
      case .send:
        guard send(index, connection) else { return }
      case .pause(let duration): pause(index, connection, duration)
      case .awaitFeed: return awaitPosts(index, connection)
      case .end: return linger(index, connection)
      }
    }
  }

  private func wait(_ index: Int, _ timeout: ServerTimeout) {
    guard connections[index] != nil else { return }
    timeouts.armUnlessRunning(index, kind: timeout.rawValue, now: now)
  }

  private func pause(_ index: Int, _ connection: Connection, _ duration: Duration) {
    timeouts.disarm(index)
    connection.isPausing = true
    delays.insert(.init(due: Deadline(after: duration, from: now), index: index))
  }

  /// Reads once. False when nothing is there for now; the connection may be closed then.
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

  /// Closes our side and drops what still arrives, so that no reset overtakes the response (RFC 9112 9.6).
  private func linger(_ index: Int, _ connection: Connection) {
    if connection.session.hasEnded || connection.session.isIdle { return close(index) }
    Socket.shutdownSending(connection.descriptor)
    connection.isLingering = true
    timeouts.arm(index, kind: ServerTimeout.linger.rawValue, now: now)
    drain(index, connection)
  }

  /// Drops what the client sends, up to a limit.
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
