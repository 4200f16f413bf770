internal import LocalServer
internal import Reactor
internal import Synchronization

/// Threads on which requests are answered that wait for a store: the server's own thread must not wait.
///
///     server's thread -- ask --> queue -- one of the threads: the work --> DeferredAnswer -> server's thread
final class Workshop: Sendable {
  private struct Job: Sendable {
    let work: @Sendable () -> Response
    let answer: DeferredAnswer
  }

  private final class Line: Sendable {
    let wakeup: Wakeup
    let waiting = Mutex<(jobs: [Job], next: Int, isEnding: Bool)>(([], 0, false))

    init() throws(SystemError) { wakeup = try Wakeup() }

    /// The next job, and whether there are more; nil without a job when it is over.
    func take() -> (job: Job?, hasMore: Bool, isEnding: Bool) {
      waiting.withLock { waiting in
        guard waiting.next < waiting.jobs.count else { return (nil, false, waiting.isEnding) }
        let job = waiting.jobs[waiting.next]
        waiting.next += 1
        if waiting.next == waiting.jobs.count { (waiting.jobs, waiting.next) = ([], 0) }
        return (job, !waiting.jobs.isEmpty, waiting.isEnding)
      }
    }
  }

  private let line: Line
  private let threads: [WorkerThread]

  /// - Parameter name: of the threads, as `top -H` shows it.
  init(name: String, threads count: Int) throws(SystemError) {
    let line = try Line()
    self.line = line
    var threads: [WorkerThread] = []
    for _ in 0..<count { threads.append(try WorkerThread(name: name) { Self.run(line) }) }
    self.threads = threads
  }

  /// Has `work` done on one of the threads. A connection waits for one answer at a time, so that the server's limit on
  /// connections is one on the line.
  func ask(_ work: @escaping @Sendable () -> Response) -> Reply {
    let job = Job(work: work, answer: DeferredAnswer())
    line.waiting.withLock { $0.jobs.append(job) }
    line.wakeup.wake()
    return .later(job.answer)
  }

  /// Orders the end; what waits is done before. `join` waits for it.
  func stop() {
    line.waiting.withLock { $0.isEnding = true }
    line.wakeup.wake()
  }

  func join() { for thread in threads { thread.join() } }

  private static func run(_ line: Line) {
    while true {
      let (job, hasMore, isEnding) = line.take()
      // One wake-up may stand for several jobs, and the end is for all threads.
      if hasMore || isEnding { line.wakeup.wake() }
      if let job {
        if !job.answer.isAbandoned { job.answer.complete(job.work()) }
      } else if isEnding {
        return
      } else {
        line.wakeup.wait(milliseconds: -1)
      }
    }
  }
}
