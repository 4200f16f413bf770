package import Reactor
internal import Synchronization

/// A small HTTP/1.1 server for control traffic: few clients, whole requests, answers that are known when they begin.
///
/// One thread serves all connections and calls the handler, so a handler must not wait for anything; an answer that
/// should come later says so (`delayNanoseconds`), and one that somebody else has to work out is
/// deferred (`Reply.later`). Everything has a limit (`ServerLimits`), and what is malformed is
/// refused by the same parser that the proxy uses. It is made to be clear, not fast: about 24 KiB for each connection,
/// and Strings for each request.
package final class LocalServer: Sendable {
  package typealias Handler = @Sendable (Request) -> Reply

  /// Of the first TCP place: the one asked for, or the one that the kernel chose for port 0. 0 without such a place.
  package let port: UInt16
  private let control: ServerControl
  private let thread: WorkerThread

  /// Listens at all of the places, and serves until `stop`.
  ///
  /// - Parameter name: of the thread, as `top -H` shows it.
  package static func start(
    name: String, places: [ListenAddress], limits: ServerLimits = ServerLimits(), handler: @escaping Handler
  ) throws(ListenError) -> LocalServer {
    var doors: [ListeningSocket] = []
    for place in places { doors.append(try ListeningSocket(place)) }
    do throws(SystemError) {
      let control = try ServerControl()
      let seat = Seat(try ServerLoop(doors: doors, control: control, limits: limits, handler: handler))
      let thread = try WorkerThread(name: name) { seat.take()?.run() }
      return LocalServer(port: doors.first { !$0.isUnix }?.port ?? 0, control: control, thread: thread)
    } catch {
      throw .system(places.map(\.description).joined(separator: ", "), error)
    }
  }

  /// The same on one port, with answers that are known at once.
  package static func start(
    name: String, host: String, port: UInt16, limits: ServerLimits = ServerLimits(),
    handler: @escaping @Sendable (Request) -> Response
  ) throws(ListenError) -> LocalServer {
    try start(name: name, places: [.tcp(host: host, port: port)], limits: limits) { .now(handler($0)) }
  }

  private init(port: UInt16, control: ServerControl, thread: WorkerThread) {
    self.port = port
    self.control = control
    self.thread = thread
  }

  /// Orders the end: no new connections; answers under way have a second. From any thread, also from a handler.
  package func stop() { control.orderStop() }

  /// Waits for the end. Not from a handler.
  package func join() { thread.join() }
}

/// Where the loop waits for its thread.
private final class Seat: Sendable {
  private let loop: Mutex<ServerLoop?>

  init(_ loop: consuming sending ServerLoop) { self.loop = Mutex(loop) }

  func take() -> sending ServerLoop? { loop.withLock { $0.take() } }
}
