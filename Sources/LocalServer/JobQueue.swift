package import Reactor
internal import Synchronization

/// Runs work that may block, for a bounded time, off the server's own thread.
///
///     server's thread -- run --> queue (capacity) --> a worker thread: the work --> DeferredResponse --> server's thread
///
/// The server's thread never waits, so metrics, status and the local kill stay available. The queue skips a request whose
/// client has left.
package final class JobQueue: Sendable {
  private struct Job: Sendable {
    let work: @Sendable () -> Response
    let response: DeferredResponse
  }

  private struct State {
    var jobs: [Job] = []
    var next = 0
    var isStopping = false

    mutating func take() -> Job? {
      guard next < jobs.count else { return nil }
      defer {
        next += 1
        if next == jobs.count { (jobs, next) = ([], 0) }
      }
      return jobs[next]
    }
  }

  /// What the threads share. One wake-up may stand for several jobs, and a stop is for all threads, so a thread that
  /// leaves something behind wakes the next.
  private final class Shared: Sendable {
    let wakeup: Wakeup
    let state = Mutex(State())

    init() throws(SystemError) { wakeup = try Wakeup() }

    func run() {
      while true {
        let (job, hasMore, isStopping) = state.withLock { state in
          (state.take(), state.next < state.jobs.count, state.isStopping)
        }
        if hasMore || isStopping { wakeup.wake() }
        if let job {
          if !job.response.isAbandoned { job.response.complete(job.work()) }
        } else if isStopping {
          return
        } else {
          wakeup.wait(milliseconds: -1)
        }
      }
    }
  }

  private let shared: Shared
  private let threads: [WorkerThread]
  private let capacity: Int
  private let busy: @Sendable () -> Response

  /// - Parameters:
  ///   - name: of the threads, as `top -H` shows it, at most 15 bytes.
  ///   - capacity: how many requests may wait.
  ///   - busy: the response to one more, and to those that still wait at the stop.
  package init(
    name: String, threads count: Int = 1, capacity: Int, busy: @escaping @Sendable () -> Response
  ) throws(SystemError) {
    let shared = try Shared()
    (self.shared, self.capacity, self.busy) = (shared, capacity, busy)
    var threads: [WorkerThread] = []
    for _ in 0..<count { threads.append(try WorkerThread(name: name) { shared.run() }) }
    self.threads = threads
  }

  package func run(_ work: @escaping @Sendable () -> Response) -> Reply {
    let job = Job(work: work, response: DeferredResponse())
    let isAccepted = shared.state.withLock { state in
      guard !state.isStopping, state.jobs.count - state.next < capacity else { return false }
      state.jobs.append(job)
      return true
    }
    guard isAccepted else { return .now(busy()) }
    shared.wakeup.wake()
    return .later(job.response)
  }

  /// Refuses the requests that wait; `join` waits for those under way.
  package func stop() {
    let waiting = shared.state.withLock { state in
      defer { (state.jobs, state.next, state.isStopping) = ([], 0, true) }
      return state.jobs[state.next...]
    }
    for job in waiting { job.response.complete(busy()) }
    shared.wakeup.wake()
  }

  /// Accepts no more requests; `join` waits until those that were accepted are done.
  package func finish() {
    shared.state.withLock { $0.isStopping = true }
    shared.wakeup.wake()
  }

  package func join() { for thread in threads { thread.join() } }
}
