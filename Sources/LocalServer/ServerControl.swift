internal import Reactor
internal import Synchronization

/// The one thing that the server's thread is told while it runs: to stop.
final class ServerControl: Sendable {
  let wakeup: Wakeup
  private let stopOrdered = Atomic<Bool>(false)

  init() throws(SystemError) { wakeup = try Wakeup() }

  var isStopOrdered: Bool { stopOrdered.load(ordering: .acquiring) }

  func orderStop() {
    stopOrdered.store(true, ordering: .releasing)
    wakeup.wake()
  }
}
