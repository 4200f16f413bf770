import Dispatch
import Foundation
import Synchronization

/// The thread that starts all programs, and lives as long as the process. The kernel kills a program that asked for it
/// (`setpriv --pdeathsig`) when the thread that started it ends: a test that crashes leaves no server behind.
final class SpawningThread: Sendable {
  static let shared = SpawningThread()

  private let jobs = Mutex<[SpawningJob]>([])
  private let arrived = DispatchSemaphore(value: 0)

  private init() { Thread.detachNewThread { [self] in serve() } }

  /// Runs `body` there and waits for its result.
  func run(_ body: @escaping @Sendable () -> Int32) -> Int32 {
    let job = SpawningJob(body)
    jobs.withLock { $0.append(job) }
    arrived.signal()
    return job.wait()
  }

  private func serve() {
    while true {
      arrived.wait()
      jobs.withLock { $0.removeFirst() }.run()
    }
  }
}

private final class SpawningJob: Sendable {
  private let body: @Sendable () -> Int32
  private let result = Mutex<Int32>(0)
  private let isDone = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Int32) { self.body = body }

  func run() {
    let value = body()
    result.withLock { $0 = value }
    isDone.signal()
  }

  func wait() -> Int32 {
    isDone.wait()
    return result.withLock { $0 }
  }
}
