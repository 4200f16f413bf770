internal import Reactor
internal import Synchronization

/// The one thing that a worker is told while it runs: to drain.
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
