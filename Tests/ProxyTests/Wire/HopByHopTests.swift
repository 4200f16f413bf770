import TestSupport
import Testing

@Suite("What concerns one connection does not pass to the next", .ownThread)
struct HopByHopTests {
  @Test("Fields of the request that are for the proxy alone are removed, and those that Connection names")
  func request() throws {
    let stage = try Stage()
    let fields = [
      "Connection: X-Private, keep-alive, upgrade", "X-Private: 1", "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "TE: gzip", "Upgrade: websocket", "Proxy-Authorization: Basic eA==", "Proxy-Authenticate: Basic", "X-Public: 2",
    ]
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n")
    let request = try stage.legacy.onlyRequest()
    let gone = [
      "connection", "x-private", "keep-alive", "proxy-connection", "te", "upgrade", "proxy-authorization",
      "proxy-authenticate",
    ]
    #expect(request.names.filter { gone.contains($0) } == [])
    #expect(request["X-Public"] == ["2"])
  }

  @Test("TE: trailers is said anew")
  func trailersAccepted() throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, deflate\r\nConnection: TE\r\n\r\n")
    let request = try stage.legacy.onlyRequest()
    #expect(request["TE"] == ["trailers"])
    #expect(request["Connection"] == ["TE"])
  }

  @Test("Fields of the answer likewise")
  func answer() throws {
    let fields = [
      "Connection: X-Private, keep-alive", "X-Private: 1", "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic",
      "Upgrade: h2c", "X-Public: 2", "Content-Length: 0",
    ]
    let stage = try Stage(legacy: .answering("HTTP/1.1 200 OK\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n"))
    let names = try stage.client().get().head.names
    #expect(
      names.filter { ["connection", "x-private", "keep-alive", "proxy-authenticate", "upgrade"].contains($0) } == [])
    #expect(names.contains("x-public"))
  }

  @Test("Trailers that Connection names are removed too")
  func nominatedTrailer() throws {
    let stage = try Stage()
    _ = try stage.client().ask(
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n")
    #expect(stage.legacy.bodies.first?.trailers == [])
  }

  @Test(
    "What the proxy says cannot be removed by naming it in Connection",
    arguments: [
      "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Turnout-Cohort", "X-Turnout-Flag",
      "X-Turnout-Generation", "X-User-Id", "Via", "X-Request-Id", "Host", "Content-Length",
    ])
  func nominated(_ name: String) throws {
    let stage = try Stage()
    let answer = try stage.client().ask(
      "POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\nConnection: \(name)\r\nContent-Length: 2\r\n\r\nhi")
    #expect(answer.text == "unified")
    #expect(try stage.unified.onlyRequest()[name].count == 1)
  }
}
