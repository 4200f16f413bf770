internal import Reactor
internal import Synchronization

/// What the server's thread is told while it runs: answers that were deferred, and to stop.
final class ServerControl: Sendable {
  let wakeup: Wakeup
  let mailbox: ResponseInbox
  private let stopOrdered = Atomic<Bool>(false)

  init() throws(SystemError) {
    let wakeup = try Wakeup()
    self.wakeup = wakeup
    mailbox = ResponseInbox { wakeup.wake() }
  }

  var isStopOrdered: Bool { stopOrdered.load(ordering: .acquiring) }

  func orderStop() {
    stopOrdered.store(true, ordering: .releasing)
    wakeup.wake()
  }
}
