import Reactor
import Synchronization

/// Runs `body` with the numbers from 0 on so many threads at once, and waits for all. Threads of their own: asking over
/// a socket blocks, and the threads of tasks are few.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failures = Mutex<[any Error]>([])
  let threads = try (0..<count).map { number in
    try WorkerThread(name: "test") {
      do { try body(number) } catch { failures.withLock { $0.append(error) } }
    }
  }
  for thread in threads { thread.join() }
  if let error = failures.withLock({ $0.first }) { throw error }
}
