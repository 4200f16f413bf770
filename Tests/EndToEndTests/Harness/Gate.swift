import Synchronization

/// Holds a scripted upstream until the test says so.
final class Gate: Sendable {
  private let isOpen = Atomic(false)

  func open() { isOpen.store(true, ordering: .releasing) }

  /// False when nobody opened it in time.
  func wait(seconds: Double = 10) -> Bool { eventually(within: seconds) { isOpen.load(ordering: .acquiring) } }
}

/// Whether the condition comes true within the time.
func eventually(within seconds: Double = 5, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while true {
    if try condition() { return true }
    guard ContinuousClock.now < deadline else { return false }
    pause(0.005)
  }
}
