internal import Bytes
internal import Reactor
internal import Synchronization

/// The order to drain, and the wake-up with which a worker takes it or a new snapshot.
final class WorkerControl: Sendable {
  let wakeup: Wakeup
  private let drainOrdered = Atomic<Bool>(false)

  init() throws(SystemError) { wakeup = try Wakeup() }

  var isDrainOrdered: Bool { drainOrdered.load(ordering: .acquiring) }

  func orderDrain() {
    drainOrdered.store(true, ordering: .releasing)
    wakeup.wake()
  }
}

extension Worker {
  /// Accepts no new connections and closes idle ones; requests in flight finish, and their connections close.
  mutating func beginDraining() {
    guard !isDraining else { return }
    for index in 0..<listeners.count { acceptConnections(index) }
    isDraining = true
    drainDeadline = now &+ timeoutSettings.drain
    isAccepting = false
    listeners = Slab(capacity: 0)
    for index in 0..<clients.count where clients[index].phase == .head && clients[index].input.receivedCount == 0 {
      // A request that has arrived is still served; then the connection closes.
      clients[index].mayRead = true
      readHead(index)
    }
    for index in 0..<clients.count { clients[index].exchange.closeClientAfterwards() }
  }

  /// Ends what is left when draining is done or its time is up.
  mutating func closeEverything() {
    for index in 0..<clients.count where clients[index].phase != .free {
      abort(index, as: .shutdown, resets: clients[index].phase == .exchanging)
    }
    for connection in 0..<serverConnections.count where serverConnections[connection].phase != .free {
      closeServerConnection(connection)
    }
  }
}
