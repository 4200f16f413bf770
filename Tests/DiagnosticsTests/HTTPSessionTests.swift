import LocalServer
import Synchronization
import Testing

@testable import Diagnostics

@Suite("The HTTP client of checks")
struct HTTPSessionTests {
  private func server(_ answer: @escaping @Sendable (Request) -> Response) throws -> LocalServer {
    try LocalServer.start(name: "session", host: "127.0.0.1", port: 0, handler: answer)
  }

  @Test("keeps its connection, and opens another after it was closed on either side")
  func keeping() throws {
    let peers = Mutex<Set<String>>([])
    let server = try server { request in
      peers.withLock { _ = $0.insert("\(request.peer)") }
      return .text(request.body.isEmpty ? "none" : String(decoding: request.body, as: UTF8.self))
    }
    defer { server.stop() }
    let session = HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: server.port))
    for number in 1...5 {
      let answer = try session.ask(
        HTTPRequest("POST", "/", body: Array("\(number)".utf8)), timeoutNanoseconds: 5_000_000_000)
      #expect(answer.status == 200)
      #expect(answer.text == "\(number)")
      #expect(answer.field("content-length") == "1")
    }
    session.close()
    #expect(try session.ask(HTTPRequest("GET", "/"), timeoutNanoseconds: 5_000_000_000).text == "none")
  }

  @Test("reads chunks, large bodies, and answers of any status")
  func bodies() throws {
    let large = [UInt8](repeating: 0x61, count: 3_000_000)
    let server = try server { request in
      switch request.path {
      case "/pieces":
        Response(contentType: "text/plain", body: .pieces([.init(after: 0, [0x61]), .init(after: 1_000_000, [0x62])]))
      case "/large": Response(status: 503, contentType: "text/plain", body: .whole(large))
      default: Response(status: 204, contentType: "text/plain", body: .whole([]))
      }
    }
    defer { server.stop() }
    let session = HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: server.port))
    func ask(_ path: String) throws -> HTTPResponse {
      try session.ask(HTTPRequest("GET", path), timeoutNanoseconds: 5_000_000_000)
    }
    #expect(try ask("/pieces").text == "ab")
    let answer = try ask("/large")
    #expect(answer.status == 503)
    #expect(answer.body == large)
    #expect(try ask("/nothing").status == 204)
    #expect(try ask("/pieces").text == "ab")
  }

  @Test("waits no longer than it is told, and says who is not there")
  func faults() throws {
    let server = try server { _ in
      var response = Response.text("late")
      response.delayNanoseconds = 3_000_000_000
      return response
    }
    defer { server.stop() }
    let place = HTTPEndpoint(host: "127.0.0.1", port: server.port)
    #expect(throws: HTTPFault.timedOut(milliseconds: 50)) {
      try HTTPSession(to: place).ask(HTTPRequest("GET", "/"), timeoutNanoseconds: 50_000_000)
    }
    #expect(throws: HTTPFault.unreachable("Connection refused")) {
      try HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: 1)).ask(
        HTTPRequest("GET", "/"), timeoutNanoseconds: 1_000_000_000)
    }
  }
}
