import Glibc
import LocalServer
import Reactor
import Testing

@testable import HTTPClient

@Suite("The HTTP client")
struct HTTPSessionTests {
  private func server(_ handler: @escaping @Sendable (Request) -> Response) throws -> LocalServer {
    try LocalServer.start(name: "session", host: "127.0.0.1", port: 0, handler: handler)
  }

  private func session(_ port: UInt16, maximumBodyBytes: Int = 16 << 20) -> HTTPSession {
    HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: port), maximumBodyBytes: maximumBodyBytes)
  }

  @Test("keeps its connection, and opens another after it was closed on either side")
  func keepAlive() throws {
    let server = try server { request in
      .text(request.body.isEmpty ? "none" : String(decoding: request.body, as: UTF8.self))
    }
    defer { server.stop() }
    let session = session(server.port)
    for number in 1...5 {
      let request = HTTPRequest("POST", "/", body: Array("\(number)".utf8))
      let response = try session.send(request, timeout: .seconds(5))
      #expect(response.status == 200)
      #expect(response.text == "\(number)")
      #expect(response.field("CONTENT-LENGTH") == "1")
    }
    session.close()
    #expect(try session.send(HTTPRequest("GET", "/"), timeout: .seconds(5)).text == "none")
  }

  @Test("sends the second request over the same connection")
  func reuse() throws {
    let server = try OneConnection("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", requests: 2)
    let session = session(server.port)
    for _ in 1...2 { #expect(try session.send(HTTPRequest("GET", "/"), timeout: .seconds(5)).text == "{}") }
  }

  @Test("reads chunks, large bodies, and responses of any status")
  func bodies() throws {
    let large = [UInt8](repeating: 0x61, count: 3_000_000)
    let server = try server { request in
      switch request.path {
      case "/pieces":
        Response(
          contentType: "text/plain",
          body: .pieces([.init(after: .zero, [0x61]), .init(after: .milliseconds(1), [0x62])]))
      case "/large": Response(status: 503, contentType: "text/plain", body: .whole(large))
      default: Response(status: 204, contentType: "text/plain", body: .whole([]))
      }
    }
    defer { server.stop() }
    let session = session(server.port)
    func get(_ path: String) throws -> HTTPResponse {
      try session.send(HTTPRequest("GET", path), timeout: .seconds(5))
    }
    #expect(try get("/pieces").text == "ab")
    let response = try get("/large")
    #expect(response.status == 503)
    #expect(response.body == large)
    #expect(try get("/nothing").status == 204)
    #expect(try get("/pieces").text == "ab")
  }

  @Test("speaks over a Unix socket")
  func unix() throws {
    let folder = "/tmp/turnout-http-\(getpid())"
    mkdir(folder, 0o700)
    defer { rmdir(folder) }
    let path = folder + "/socket"
    let server = try LocalServer.start(name: "session", addresses: [.unix(path: path)]) { .now(.text($0.path)) }
    let endpoint = HTTPEndpoint(.unix(path: path))
    #expect(try endpoint.get("/status", timeout: .seconds(5)) == "/status")
    server.stop()
    server.join()
    unlink(path)
    #expect(throws: HTTPError.unreachable("No such file or directory")) {
      try endpoint.get("/status", timeout: .seconds(5))
    }
    #expect(throws: HTTPError.self) {
      try HTTPEndpoint(.unix(path: String(repeating: "a", count: 200))).get("/", timeout: .seconds(5))
    }
  }

  @Test("waits no longer than its timeout, and says why nobody responds")
  func unreachable() throws {
    let server = try server { _ in
      var response = Response.text("late")
      response.delay = .seconds(3)
      return response
    }
    defer { server.stop() }
    #expect(throws: HTTPError.timedOut(.milliseconds(50))) {
      try session(server.port).send(HTTPRequest("GET", "/"), timeout: .milliseconds(50))
    }
    #expect("\(HTTPError.timedOut(.milliseconds(50)))" == "no response within 50 ms")
    #expect(throws: HTTPError.unreachable("Connection refused")) {
      try session(1).send(HTTPRequest("GET", "/"), timeout: .seconds(1))
    }
  }

  @Test(
    "takes a complete response of HTTP/1.0 or HTTP/1.1",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 \r\ncontent-length:2\r\nA: b\r\n\r\n{}",
      "HTTP/1.0 200 OK\r\nA: b\r\n\r\n{}",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ])
  func complete(response: String) throws {
    let server = try OneConnection(response)
    #expect(try session(server.port).send(HTTPRequest("GET", "/"), timeout: .seconds(5)).text == "{}")
  }

  @Test(
    "refuses any other in words",
    arguments: [
      ("", "it closed the connection without a response"),
      ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "the peer does not speak HTTP/1.1"),
      ("HTTP/1.1 200 OK\r\n", "its response is incomplete"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "its response is incomplete"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "its response is invalid"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", "its response is larger than 8 B"),
      ("HTTP/1.1 200 OK\r\n\r\n123456789", "its response is larger than 8 B"),
    ])
  func broken(response: String, message: String) throws {
    let server = try OneConnection(response)
    let error = #expect(throws: HTTPError.self) {
      try session(server.port, maximumBodyBytes: 8).send(HTTPRequest("GET", "/"), timeout: .seconds(5))
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test("sends no more than one request to a server that closes: a message must not be sent twice")
  func once() throws {
    let server = try OneConnection("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    let session = session(server.port)
    #expect(try session.send(HTTPRequest("POST", "/"), timeout: .seconds(5)).text == "{}")
    server.join()
    #expect(throws: HTTPError.unreachable("Connection refused")) {
      try session.send(HTTPRequest("POST", "/"), timeout: .seconds(5))
    }
  }
}

@Suite("The address of an HTTP service")
struct HTTPEndpointTests {
  @Test(
    "is read from a URL",
    arguments: [
      ("http://localhost", "http://localhost:80"), ("http://[::1]:9090/", "http://[::1]:9090"),
      ("http://10.0.0.1:3000/grafana/", "http://10.0.0.1:3000/grafana"),
    ])
  func valid(text: String, expected: String) throws {
    #expect("\(try HTTPEndpoint(parsing: text, standardPort: 80))" == expected)
  }

  @Test(
    "is refused with a reason",
    arguments: [
      ("localhost:80", "has no scheme"), ("https://x", "is encrypted"), ("ftp://x", "has another scheme"),
      ("http://user@x", "contains a user"), ("http://x/a?b", "has an invalid path"),
      ("http://x/a b", "has an invalid path"),
      ("http://", "no valid host"), ("http://x:0", "no valid host"), ("http://x:+1", "no valid host"),
      ("http://é", "no valid host"), ("http://x:", "no valid host"), ("http://::1", "no valid host"),
    ])
  func invalid(text: String, reason: String) {
    let error = #expect(throws: HTTPEndpoint.ParseError.self) { try HTTPEndpoint(parsing: text, standardPort: 80) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }
}

/// A server that accepts one connection, responds to each of its requests with these bytes and ends.
private final class OneConnection: Sendable {
  let port: UInt16
  private let thread: WorkerThread

  init(_ response: String, requests: Int = 1) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, length)
        _ = getsockname(listener, $0, &length)
      }
    }
    listen(listener, 1)
    port = UInt16(bigEndian: address.sin_port)
    thread = try WorkerThread(name: "one") {
      let connection = accept(listener, nil, nil)
      close(listener)
      let bytes = Array(response.utf8)
      for _ in 0..<requests {
        var request = [UInt8](repeating: 0, count: 4_096)
        recv(connection, &request, request.count, 0)
        send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      }
      close(connection)
    }
  }

  func join() { thread.join() }
}
