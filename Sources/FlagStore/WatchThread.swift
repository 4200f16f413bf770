internal import Reactor

/// A thread that runs one function until it is told to stop.
final class WatchThread: Sendable {
  private let wakeup: Wakeup
  private let thread: WorkerThread

  /// `body` returns when the descriptor that it is given becomes readable.
  init(_ body: @escaping @Sendable (_ wake: Int32) -> Void) throws(SystemError) {
    let wakeup = try Wakeup()
    self.wakeup = wakeup
    thread = try WorkerThread(name: "flag-watcher") { body(wakeup.descriptor.number) }
  }

  /// Returns when the thread has ended.
  func stop() {
    wakeup.wake()
    thread.join()
  }
}
