internal import Glibc
package import LocalServer
package import Reactor

/// The admin port: metrics, health, status, evaluation and the editing of flags, on a thread of its own. Its paths are
/// told in docs/admin-api.md and, for programs, in `OpenAPI`.
package final class AdminServer: Sendable {
  private let server: LocalServer

  /// Listens on the port and, where `settings` name one, on the socket.
  package static func start(
    host: String, port: UInt16, view: AdminView, settings: AdminSettings = AdminSettings()
  ) throws(ListenError) -> AdminServer {
    let access = AdminGuard(
      hosts: AdminHosts(host: host, extra: settings.hosts), token: settings.token, user: geteuid())
    let router = AdminRouter(view, access)
    let places = [ListenPlace.tcp(host: host, port: port)] + (settings.socket.map { [.unix(path: $0)] } ?? [])
    return AdminServer(
      try LocalServer.start(name: "admin", places: places, limits: settings.limits) { router.answer($0) })
  }

  private init(_ server: LocalServer) { self.server = server }

  /// The one asked for, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  /// Orders the end; `join` waits for it.
  package func stop() { server.stop() }

  package func join() { server.join() }
}

/// How the admin port may be reached, besides by its address.
package struct AdminSettings: Sendable {
  /// Names that may stand in Host, besides those that are known.
  package var hosts: [String] = []
  /// Nil: nothing can be changed over TCP.
  package var token: AdminToken?
  /// The path of a Unix socket; nil for none.
  package var socket: String?
  package var limits = ServerLimits()

  package init() {}
}
