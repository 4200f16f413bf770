package import Reactor
internal import Synchronization

/// A small HTTP/1.1 server for control traffic: few clients, whole requests, responses that are known when they begin.
///
/// One thread serves all connections and calls the handler, so a handler must not block. A response can be delayed
/// (`Response.delay`), or completed later by another thread (`Reply.later`). Everything has a limit (`ServerLimits`), and
/// the proxy's own parser refuses malformed requests. The server aims to be clear, not fast: it takes about 24 KiB for
/// each connection and allocates Strings for each request.
package final class LocalServer: Sendable {
  package typealias Handler = @Sendable (Request) -> Reply

  /// The port of the first TCP address, also when the kernel chose it; 0 without a TCP address.
  package let port: UInt16
  private let control: ServerControl
  private let thread: WorkerThread

  /// Listens at all addresses and serves until `stop`.
  ///
  /// - Parameter name: of the thread, as `top -H` shows it.
  package static func start(
    name: String, addresses: [ListenAddress], limits: ServerLimits = ServerLimits(), handler: @escaping Handler
  ) throws(ListenError) -> LocalServer {
    var sockets: [ListeningSocket] = []
    for address in addresses { sockets.append(try ListeningSocket(address)) }
    do throws(SystemError) {
      let control = try ServerControl()
      let handover = Handover(try ServerLoop(sockets: sockets, control: control, limits: limits, handler: handler))
      let thread = try WorkerThread(name: name) { handover.take()?.run() }
      return LocalServer(port: sockets.first { !$0.isUnix }?.port ?? 0, control: control, thread: thread)
    } catch {
      throw .system(addresses.map(\.description).joined(separator: ", "), error)
    }
  }

  /// Listens on one port, with responses that are known at once.
  package static func start(
    name: String, host: String, port: UInt16, limits: ServerLimits = ServerLimits(),
    handler: @escaping @Sendable (Request) -> Response
  ) throws(ListenError) -> LocalServer {
    try start(name: name, addresses: [.tcp(host: host, port: port)], limits: limits) { .now(handler($0)) }
  }

  private init(port: UInt16, control: ServerControl, thread: WorkerThread) {
    self.port = port
    self.control = control
    self.thread = thread
  }

  /// Accepts no more connections and gives responses under way `ServerLimits.stop`. Safe from any thread and from a
  /// handler; `join` waits for the end.
  package func stop() { control.requestStop() }

  /// Waits for the end. Not from a handler.
  package func join() { thread.join() }
}

/// Carries the loop to its thread.
private final class Handover: Sendable {
  private let loop: Mutex<ServerLoop?>

  init(_ loop: consuming sending ServerLoop) { self.loop = Mutex(loop) }

  func take() -> sending ServerLoop? { loop.withLock { $0.take() } }
}

/// What other threads hand to the server's thread: completed responses, and the request to stop.
final class ServerControl: Sendable {
  typealias CompletedResponse = (connection: UInt64, response: Response)

  let wakeup: Wakeup
  /// A connection waits for one response at a time, so this never holds more than there are connections.
  private let completed = Inbox<CompletedResponse>()
  private let stopRequested = Atomic<Bool>(false)

  init() throws(SystemError) { wakeup = try Wakeup() }

  /// - Parameter connection: the token of the connection that waits.
  func post(_ response: Response, to connection: UInt64) {
    completed.post((connection, response))
    wakeup.wake()
  }

  func takeCompleted() -> [CompletedResponse] { completed.takeAll() }

  var isStopRequested: Bool { stopRequested.load(ordering: .acquiring) }

  func requestStop() {
    stopRequested.store(true, ordering: .releasing)
    wakeup.wake()
  }
}

/// Where a server listens.
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// Port 0 lets the kernel choose.
  case tcp(host: String, port: UInt16)
  /// A socket that only this user and root can connect to (`UnixListener`).
  case unix(path: String)

  package var description: String {
    switch self {
    case .tcp(let host, let port): "\(host):\(port)"
    case .unix(let path): path
    }
  }
}

/// One listening socket. Its owner closes it and removes its path.
final class ListeningSocket: Sendable {
  private enum Socket: ~Copyable, Sendable {
    case tcp(Listener)
    case unix(UnixListener)
  }

  private let socket: Socket
  let number: Int32
  /// 0 for a Unix socket.
  let port: UInt16
  let isUnix: Bool

  init(_ address: ListenAddress) throws(ListenError) {
    switch address {
    case .tcp(let host, let port):
      let listener = try Listener(host: host, port: port, isShared: false)
      (number, self.port, isUnix) = (listener.descriptor.number, listener.port, false)
      socket = .tcp(listener)
    case .unix(let path):
      let listener = try UnixListener(path: path)
      (number, port, isUnix) = (listener.descriptor.number, 0, true)
      socket = .unix(listener)
    }
  }

  func peer(of connection: Int32, _ address: PeerAddress) -> Peer {
    isUnix ? .unix(user: Reactor.Socket.peerUser(connection)) : Peer(address)
  }
}
