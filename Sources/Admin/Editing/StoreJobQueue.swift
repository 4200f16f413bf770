package import FlagStore
internal import LocalServer
package import Reactor

/// The one place where the admin port waits for the store.
package final class StoreJobQueue: Sendable {
  private let source: any FlagSource
  private let queue: JobQueue

  package init(_ source: any FlagSource) throws(SystemError) {
    self.source = source
    queue = try JobQueue(name: "admin-store", capacity: AdminView.waitingRequests) { AdminView.busy }
  }

  /// Where the flags are stored, for people.
  var place: String { source.place }

  /// Runs `work` on the queue's thread. It may wait, for a bounded time.
  func run(_ work: @escaping @Sendable (any FlagSource) -> Response) -> Reply {
    let source = source
    return queue.run { work(source).notStored }
  }

  /// Answers what still waits with 503; `join` waits for what is being done.
  package func stop() { queue.stop() }

  package func join() { queue.join() }
}

extension AdminView {
  /// Requests that may wait in one queue.
  static let waitingRequests = 64

  static var busy: Response {
    ErrorDocument(error: "Too many requests are waiting: nothing was changed; try again.").response(status: 503)
      .notStored
  }
}
