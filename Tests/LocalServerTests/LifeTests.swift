import LocalServer
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite struct LifeTests {
  @Test("Stopping ends idle connections, lets answers under way finish, and frees the port")
  func stop() throws {
    let asked = Atomic(false)
    let server = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0) { request in
      if request.path == "/idle" { return .text("idle") }
      asked.store(true, ordering: .releasing)
      var response = Response.text("late")
      response.delayNanoseconds = 100_000_000
      return response
    }
    let (idle, busy) = (try WireClient(port: server.port), try WireClient(port: server.port))
    idle.send("GET /idle HTTP/1.1\r\nHost: t\r\n\r\n")
    _ = try idle.response()
    busy.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    while !asked.load(ordering: .acquiring) { pause(.milliseconds(1)) }
    server.stop()
    #expect(try idle.rest() == [])
    let answer = try busy.response()
    #expect(answer.text == "late")
    #expect(try busy.rest() == [])
    server.join()
    let next = try LocalServer.start(name: "test", host: "127.0.0.1", port: server.port) { _ in .text("next") }
    #expect(next.port == server.port)
    next.stop()
    next.join()
  }

  @Test("Stopping waits for no client longer than it says")
  func stopDeadline() throws {
    var limits = ServerLimits()
    limits.stop = 50_000_000
    let server = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0, limits: limits) { _ in
      Response(contentType: "text/plain", body: .pieces([.init(after: 60_000_000_000, [1])]))
    }
    let client = try WireClient(port: server.port)
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    pause(.milliseconds(20))
    server.stop()
    server.join()
    #expect(throws: WireError.self) { try client.response() }
  }

  @Test("A port that is taken is an error that names it")
  func portTaken() throws {
    let first = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0) { _ in .text("") }
    defer { first.stop() }
    #expect {
      try LocalServer.start(name: "test", host: "127.0.0.1", port: first.port) { _ in .text("") }
    } throws: { error in
      "\(error)".contains("127.0.0.1:\(first.port): another program uses that port")
    }
  }
}
