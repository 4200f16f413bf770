import LocalServer
import TestSupport

/// A server whose handler says what it was asked, for one test.
struct EchoServer: ~Copyable {
  let server: LocalServer

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits()
    change(&limits)
    server = try LocalServer.start(name: "echo", host: "127.0.0.1", port: 0, limits: limits) { Self.response($0) }
  }

  deinit {
    server.stop()
    server.join()
  }

  borrowing func connect() throws -> WireClient { try WireClient(port: server.port) }

  private static func response(_ request: Request) -> Response {
    switch request.path {
    case "/none": return Response(status: 204, contentType: "", body: .whole([]))
    case "/large": return .text(String(repeating: "x", count: 8_000_000))
    case "/late":
      var response = Response.text("late")
      response.delay = .milliseconds(50)
      return response
    case "/stream":
      let pieces = ["one", "", "two", "three"].map { Response.Piece(after: .milliseconds(20), Array($0.utf8)) }
      return Response(contentType: "text/event-stream", body: .pieces(pieces))
    case "/inject":
      return Response(contentType: "text/plain", headers: [Header("X-Echo", "a\r\nX-Evil: b")], body: .whole([]))
    default:
      let user = request.header("x-user") ?? "-"
      let start = "\(request.method) \(request.path)?\(request.query) user=\(user) loopback=\(request.isFromLoopback) "
      return .text(start + "body=" + String(decoding: request.body, as: UTF8.self))
    }
  }
}
