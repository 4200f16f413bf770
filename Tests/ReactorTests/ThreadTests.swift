import Foundation
import Reactor
import Synchronization
import Testing

@Suite struct ThreadTests {
  @Test("Joining waits for the end of the function, and a second time for nothing")
  func joining() throws {
    let isDone = Atomic(false)
    try withThread("joining", { isDone.store(true, ordering: .releasing) }) { thread in
      thread.join()
      #expect(isDone.load(ordering: .acquiring) == true)
      thread.join()
    }
  }

  @Test("A wake-up from another thread ends a wait, however many there were, until they are cleared")
  func wakeup() throws {
    let poller = try Poller()
    let wakeup = try Wakeup()
    #expect(poller.addLevelTriggered(wakeup.descriptor.number, token: 5) == true)
    #expect(poller.wait(milliseconds: 0) == 0)
    let thread = try WorkerThread(name: "waker") { for _ in 0..<3 { wakeup.wake() } }
    #expect(poller.wait(milliseconds: 5_000) == 1)
    #expect(poller.readiness(0).token == 5)
    thread.join()
    wakeup.clear()
    #expect(poller.wait(milliseconds: 0) == 0)
    wakeup.clear()
    wakeup.wake()
    #expect(poller.wait(milliseconds: 0) == 1)
  }

  @Test(
    "A thread shows its name, of a long one the first 15 bytes",
    arguments: [
      ("worker-3", "worker-3"), ("exactly-15-byte", "exactly-15-byte"), ("much-longer-than-15", "much-longer-tha"),
    ])
  func names(name: String, shown: String) throws {
    let found = Mutex("")
    let read: @Sendable () -> Void = {
      let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
      found.withLock { $0 = text ?? "" }
    }
    try withThread(name, read) { $0.join() }
    #expect(found.withLock { $0 } == shown + "\n")
  }

  @Test("What a thread's function holds is let go when it ends")
  func release() throws {
    final class Held: Sendable {}
    var held: Held? = Held()
    weak let observed = held
    let thread = try WorkerThread(name: "holder") { [held] in _ = held }
    held = nil
    thread.join()
    #expect(observed == nil)
  }

  @Test("A signal that is blocked is received by whoever waits for it")
  func signals() throws {
    let received = Mutex<[Int32]>([])
    let body: @Sendable () -> Void = {
      Signals.block([SIGUSR1, SIGUSR2])
      for signal in [SIGUSR2, SIGUSR1] {
        pthread_kill(pthread_self(), signal)
        let number = Signals.wait(for: [SIGUSR1, SIGUSR2])
        received.withLock { $0.append(number) }
      }
    }
    try withThread("signals", body) { $0.join() }
    #expect(received.withLock { $0 } == [SIGUSR2, SIGUSR1])
  }

  private func withThread(
    _ name: String, _ body: @escaping @Sendable () -> Void, _ use: (WorkerThread) -> Void
  ) throws {
    use(try WorkerThread(name: name, body))
  }
}
