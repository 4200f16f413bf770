package import Logging
package import Reactor
import Synchronization

/// Watches the Redis that holds the contexts, on a thread and a connection of its own: how much memory it uses and how
/// many keys it has, every 15 seconds; how many keys of contexts there are of each kind, every so often.
///
/// It only reads. With Redis away, or slow, this thread alone waits: each call for a second at most. What was counted
/// last stays, with the time at which it was true.
package final class ContextCounting: Sendable {
  private let place: ContextLocation
  private let interval: UInt64?
  private let logger: Logger
  private let wakeup: Wakeup
  private let ending = Atomic<Bool>(false)
  private let thread = Mutex<WorkerThread?>(nil)
  private let known = Mutex(ContextReading())

  /// - Parameter interval: nanoseconds from one count of the keys to the next; nil: they are not counted.
  package init(_ place: ContextLocation, countEvery interval: UInt64?, logger: Logger) throws(SystemError) {
    self.place = place
    self.interval = interval
    self.logger = logger
    wakeup = try Wakeup()
  }

  package var reading: ContextReading { known.withLock { $0 } }

  package func start() throws(SystemError) {
    let thread = try WorkerThread(name: "contexts") { [self] in
      Background.begin()
      run()
    }
    self.thread.withLock { $0 = thread }
  }

  /// Waits for the call that is under way.
  package func stop() {
    ending.store(true, ordering: .releasing)
    wakeup.wake()
    thread.withLock { $0 }?.join()
  }

  private func run() {
    let plan = CountingPlan(countEvery: interval, at: MonotonicClock.now())
    var session = CountingSession(place, plan, logger: logger)
    while !ending.load(ordering: .acquiring) {
      switch session.plan.turn(at: MonotonicClock.now()) {
      case .sample: session.sample()
      case .step: session.step()
      case .wait(let nanoseconds):
        // Rounded up: rounded down, the last millisecond would be spent spinning.
        wakeup.wait(milliseconds: Int32(clamping: nanoseconds / 1_000_000 + 1))
        continue
      }
      let reading = session.reading
      known.withLock { $0 = reading }
    }
  }
}
