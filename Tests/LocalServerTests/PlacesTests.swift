import Glibc
import LocalServer
import TestSupport
import Testing

@Suite struct PlacesTests {
  private static func start(_ path: String) throws -> LocalServer {
    try LocalServer.start(name: "test", places: [.tcp(host: "127.0.0.1", port: 0), .unix(path: path)]) { request in
      .now(.text("\(request.peer) \(request.isFromLoopback)"))
    }
  }

  private static func ask(_ client: WireClient) throws -> String {
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    return try client.response().text
  }

  @Test("One server listens on a port and on a socket, and a request tells which way it came")
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

  @Test("A new server takes the path over while the old one still serves its connections")
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
