package import FlagStore
internal import LocalServer
package import Reactor

/// The one place where the admin port waits for the store.
package final class StoreDesk: Sendable {
  static let capacity = Desk.capacity

  private let source: any FlagSource
  private let desk: Desk

  package init(_ source: any FlagSource) throws(SystemError) {
    self.source = source
    desk = try Desk(name: "admin-store")
  }

  /// The place of the store, for people.
  var place: String { source.place }

  /// Has `work` done on the desk's thread. It may wait, for a bounded time.
  func ask(_ work: @escaping @Sendable (any FlagSource) -> Response) -> Reply {
    let source = source
    return desk.ask { work(source) }
  }

  /// Orders the end: what waits is answered 503. `join` waits for what is being done.
  package func stop() { desk.stop() }

  package func join() { desk.join() }
}
