internal import Reactor

// Accepting: within the limit, and without spinning when descriptors have run out.
extension ServerLoop {
  /// At most this many at a time, so that connections that stand are served in between.
  private static let acceptBatch = 64
  /// How long accepting pauses, in nanoseconds.
  private static let acceptPause: UInt64 = 100_000_000

  func openDoors() {
    for (number, door) in doors.enumerated() { _ = poller.addLevelTriggered(door.number, token: Token.door(number)) }
  }

  func acceptConnections(_ door: ListeningSocket) {
    guard stopDeadline == nil, acceptsAgainAt == nil else { return }
    for _ in 0..<Self.acceptBatch {
      guard let (number, peer) = Socket.accept(door.number) else {
        return SystemError.last("accept").isExhaustion ? pauseAccepting() : ()
      }
      add(number, door.peer(of: number, peer))
    }
  }

  /// Connections wait in the kernel meanwhile; without the pause their event would come again at once.
  private func pauseAccepting() {
    acceptsAgainAt = now &+ Self.acceptPause
    for door in doors { poller.remove(door.number) }
  }

  func acceptAgainIfDue() {
    guard let moment = acceptsAgainAt, now >= moment else { return }
    acceptsAgainAt = nil
    openDoors()
  }

  /// Which connections make room, in this order: those that say nothing, and those that say or take it slowly. One that
  /// waits for its answer stays.
  private static let makingRoom: [ServerTimeout] = [.idle, .linger, .head, .body, .write]

  /// At the limit the connection that has held things up longest makes room, so that nobody shuts others out by holding
  /// connections; a whole request that comes in one piece is answered long before that is its turn.
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
