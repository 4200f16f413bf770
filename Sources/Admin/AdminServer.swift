internal import Glibc
package import LocalServer
package import Reactor

/// The admin port: metrics, health, status, evaluation and the editing of flags, on its own thread. docs/admin-api.md
/// describes its paths for people, `OpenAPI` for programs.
package final class AdminServer: Sendable {
  private let server: LocalServer
  private let publisher: EventPublisher
  private let queries: JobQueue

  /// Listens on the port and, if `settings` name one, on the socket.
  package static func start(
    host: String, port: UInt16, view: AdminView, settings: AdminSettings = AdminSettings()
  ) throws(ListenError) -> AdminServer {
    let access = AdminGuard(
      hosts: AdminHosts(host: host, extra: settings.hosts), token: settings.token, user: geteuid())
    let publisher: EventPublisher
    let queries: JobQueue
    do throws(SystemError) {
      publisher = try EventPublisher(view)
      queries = try JobQueue(name: "admin-queries", capacity: AdminView.waitingRequests) { AdminView.busy }
    } catch {
      throw .system("admin", error)
    }
    var view = view
    (view.publisher, view.queries) = (publisher, queries)
    let router = AdminRouter(view, access)
    let addresses = [ListenAddress.tcp(host: host, port: port)] + (settings.socket.map { [.unix(path: $0)] } ?? [])
    do throws(ListenError) {
      let server = try LocalServer.start(name: "admin", addresses: addresses, limits: settings.limits) {
        router.reply(to: $0)
      }
      return AdminServer(server, publisher, queries)
    } catch {
      publisher.stop()
      queries.stop()
      publisher.join()
      queries.join()
      throw error
    }
  }

  private init(_ server: LocalServer, _ publisher: EventPublisher, _ queries: JobQueue) {
    self.server = server
    self.publisher = publisher
    self.queries = queries
  }

  /// Also when the kernel chose it for port 0.
  package var port: UInt16 { server.port }

  /// The flags in force have changed: event streams receive it at once. Safe from any thread; it does not block.
  package func flagsChanged() { publisher.flagsChanged() }

  /// `join` waits for the end.
  package func stop() {
    publisher.stop()
    queries.stop()
    server.stop()
  }

  package func join() {
    server.join()
    publisher.join()
    queries.join()
  }
}

/// How clients reach the admin port, besides by its address.
package struct AdminSettings: Sendable {
  /// Further names that Host may hold.
  package var hosts: [String] = []
  /// `nil` means no changes over TCP.
  package var token: AdminToken?
  /// The path of a Unix socket; nil for none.
  package var socket: String?
  package var limits = ServerLimits()

  package init() {}
}
