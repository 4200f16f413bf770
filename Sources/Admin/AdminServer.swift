package import LocalServer
package import Reactor

/// The admin port: metrics, health and status, on a thread of its own.
///
///     GET /metrics         Prometheus text
///     GET /healthz         200 while the process lives
///     GET /readyz          200, or 503 while it drains
///     GET /api/v1/status   StatusDocument
package final class AdminServer: Sendable {
  private let server: LocalServer

  package static func start(
    host: String, port: UInt16, view: AdminView, limits: ServerLimits = ServerLimits()
  ) throws(ListenError) -> AdminServer {
    let router = AdminRouter(view)
    return AdminServer(
      try LocalServer.start(name: "admin", host: host, port: port, limits: limits) { router.answer($0) })
  }

  private init(_ server: LocalServer) { self.server = server }

  /// The one asked for, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  /// Orders the end; `join` waits for it.
  package func stop() { server.stop() }

  package func join() { server.join() }
}
