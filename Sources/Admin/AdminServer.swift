internal import Glibc
package import LocalServer
package import Reactor

/// The admin port: metrics, health, status, evaluation and the editing of flags, on a thread of its own. Its paths are
/// told in docs/admin-api.md and, for programs, in `OpenAPI`.
package final class AdminServer: Sendable {
  private let server: LocalServer
  private let live: EventPublisher
  private let questions: JobQueue

  /// Listens on the port and, where `settings` name one, on the socket.
  package static func start(
    host: String, port: UInt16, view: AdminView, settings: AdminSettings = AdminSettings()
  ) throws(ListenError) -> AdminServer {
    let access = AdminGuard(
      hosts: AdminHosts(host: host, extra: settings.hosts), token: settings.token, user: geteuid())
    let live: EventPublisher
    let questions: JobQueue
    do throws(SystemError) {
      live = try EventPublisher(view)
      questions = try JobQueue(name: "admin-questions", capacity: AdminView.waitingRequests) { AdminView.busy }
    } catch {
      throw .system("admin", error)
    }
    var view = view
    (view.live, view.questions) = (live, questions)
    let router = AdminRouter(view, access)
    let places = [ListenAddress.tcp(host: host, port: port)] + (settings.socket.map { [.unix(path: $0)] } ?? [])
    do throws(ListenError) {
      let server = try LocalServer.start(name: "admin", places: places, limits: settings.limits) { router.answer($0) }
      return AdminServer(server, live, questions)
    } catch {
      live.stop()
      questions.stop()
      live.join()
      questions.join()
      throw error
    }
  }

  private init(_ server: LocalServer, _ live: EventPublisher, _ questions: JobQueue) {
    self.server = server
    self.live = live
    self.questions = questions
  }

  /// The one asked for, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  /// The flags in force have changed: those who listen are told at once. From any thread; it does not wait.
  package func flagsChanged() { live.flagsChanged() }

  /// Orders the end; `join` waits for it.
  package func stop() {
    live.stop()
    questions.stop()
    server.stop()
  }

  package func join() {
    server.join()
    live.join()
    questions.join()
  }
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
