package import Flags
internal import LocalServer
package import Reactor

/// A stand-in for one of the two context paths: it answers the chat endpoints and says which path served.
///
///     POST /api/chat, /admin/assistant/chat   {"message": "..."} -> an answer that says what it remembers
///     GET  /events                            five server-sent events, one by one
///     any other                               what the proxy said of the request
///
/// Conversations are kept in memory, within `ConversationLimits`.
package final class SampleUpstream: Sendable {
  private let server: LocalServer

  /// - Parameter delayNanoseconds: how long every answer is held back.
  package static func start(
    cohort: Cohort, host: String = "127.0.0.1", port: UInt16 = 0, delayNanoseconds: UInt64 = 0
  ) throws(ListenError) -> SampleUpstream {
    let pages = SamplePages(cohort)
    let server = try LocalServer.start(name: "sample-\(cohort)", host: host, port: port) { request in
      var response = pages.answer(request)
      response.delayNanoseconds = delayNanoseconds
      return response
    }
    return SampleUpstream(server)
  }

  private init(_ server: LocalServer) { self.server = server }

  /// The one asked for, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  /// Orders the end; `join` waits for it.
  package func stop() { server.stop() }

  package func join() { server.join() }
}
