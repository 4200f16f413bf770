import Glibc
import LocalServer
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite struct LifeTests {
  @Test("A stop closes idle connections, finishes responses under way, and frees the port")
  func stop() throws {
    let asked = Atomic(false)
    let server = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0) { request in
      if request.path == "/idle" { return .text("idle") }
      asked.store(true, ordering: .releasing)
      var response = Response.text("late")
      response.delay = .milliseconds(100)
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

  @Test("A stop waits for clients up to its limit")
  func stopDeadline() throws {
    var limits = ServerLimits()
    limits.stop = .milliseconds(50)
    let server = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0, limits: limits) { _ in
      Response(contentType: "text/plain", body: .pieces([.init(after: .seconds(60), [1])]))
    }
    let client = try WireClient(port: server.port)
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    pause(.milliseconds(20))
    server.stop()
    server.join()
    #expect(throws: WireError.self) { try client.response() }
  }

  @Test("A port in use is an error that names it")
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

@Suite struct ListenAddressTests {
  private static func start(_ path: String) throws -> LocalServer {
    try LocalServer.start(name: "test", addresses: [.tcp(host: "127.0.0.1", port: 0), .unix(path: path)]) { request in
      .now(.text("\(request.peer) \(request.isFromLoopback)"))
    }
  }

  private static func ask(_ client: WireClient) throws -> String {
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    return try client.response().text
  }

  @Test("One server listens on a port and on a socket, and a request knows its peer")
  func peers() throws {
    let path = "/tmp/turnout-\(UInt64.random(in: 0...UInt64.max)).sock"
    let server = try Self.start(path)
    #expect(
      try Self.ask(try WireClient(port: server.port)) == "tcp(address: \"127.0.0.1\", isLoopback: true) true")
    #expect(try Self.ask(try WireClient(path: path)) == "unix(user: Optional(\(geteuid()))) true")
    server.stop()
    server.join()
    #expect(access(path, F_OK) != 0)
  }

  @Test("A new server takes over the path while the old one still serves its connections")
  func takeover() throws {
    let path = "/tmp/turnout-\(UInt64.random(in: 0...UInt64.max)).sock"
    let old = try Self.start(path)
    let client = try WireClient(path: path)
    _ = try Self.ask(client)
    let new = try Self.start(path)
    _ = try Self.ask(client)
    old.stop()
    old.join()
    #expect(try Self.ask(try WireClient(path: path)).hasPrefix("unix"))
    new.stop()
    new.join()
    #expect(access(path, F_OK) != 0)
  }
}
