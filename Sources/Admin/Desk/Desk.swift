internal import Glibc
internal import LocalServer
internal import Reactor
internal import Synchronization

/// Where the admin port has done what takes a while: a thread of its own, one request after the other.
///
///     admin thread -- ask --> queue (64) --> this thread: the work --> DeferredAnswer -> admin thread
///
/// The admin thread never waits, so metrics, status and the local kill are there meanwhile. A request whose client has
/// given up is passed over: nothing is done that nobody waits for any more.
final class Desk: Sendable {
  /// Requests that wait; one more is answered 503.
  static let capacity = 64

  private let line: Line
  private let thread: WorkerThread

  private struct Job: Sendable {
    let work: @Sendable () -> Response
    let answer: DeferredAnswer
  }

  private final class Line: Sendable {
    let wakeup: Wakeup
    let waiting = Mutex<(jobs: [Job], isEnding: Bool)>(([], false))

    init() throws(SystemError) { wakeup = try Wakeup() }
  }

  /// - Parameter name: of the thread, as `top -H` shows it.
  init(name: String) throws(SystemError) {
    let line = try Line()
    self.line = line
    thread = try WorkerThread(name: name) { Self.run(line) }
  }

  /// Has `work` done on the desk's thread. It may wait, for a bounded time.
  func ask(_ work: @escaping @Sendable () -> Response) -> Reply {
    let job = Job(work: work, answer: DeferredAnswer())
    let isTaken = line.waiting.withLock { waiting in
      guard !waiting.isEnding, waiting.jobs.count < Self.capacity else { return false }
      waiting.jobs.append(job)
      return true
    }
    guard isTaken else { return .now(Self.busy) }
    line.wakeup.wake()
    return .later(job.answer)
  }

  /// Orders the end: what waits is answered 503. `join` waits for what is being done.
  func stop() {
    let jobs = line.waiting.withLock { waiting in
      defer { waiting = ([], true) }
      return waiting.jobs
    }
    for job in jobs { job.answer.complete(Self.busy) }
    line.wakeup.wake()
  }

  func join() { thread.join() }

  private static var busy: Response {
    ErrorDocument(error: "Too many requests wait already; nothing was changed, try again.").response(status: 503)
      .notStored
  }

  private static func run(_ line: Line) {
    while true {
      let (job, isEnding) = line.waiting.withLock { waiting in
        (waiting.jobs.isEmpty ? nil : waiting.jobs.removeFirst(), waiting.isEnding)
      }
      if let job {
        if !job.answer.isAbandoned { job.answer.complete(job.work().notStored) }
      } else if isEnding {
        return
      } else {
        var entry = pollfd(fd: line.wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, -1)
        line.wakeup.clear()
      }
    }
  }
}
