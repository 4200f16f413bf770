import LocalServer
import TestSupport
import Testing

@Suite struct RefusalTests {
  @Test("A malformed request is refused with its status, and the connection closes", arguments: MalformedRequest.all)
  func malformed(_ request: MalformedRequest) throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send(request.bytes + "GET /next HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = try client.response()
    #expect(answer.status == request.status)
    #expect(answer["connection"] == "close")
    #expect(answer.text.hasPrefix("{\"error\":\""))
    #expect(answer["content-type"] == "application/json")
    #expect(try client.rest() == [])
  }

  @Test("A body of the maximum length is read, and one byte more is refused before it arrives")
  func bodyLimit() throws {
    let server = try EchoServer { $0.bodyBytes = 100_000 }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "b", count: 100_000))
    #expect(try client.response().text.hasSuffix(String(repeating: "b", count: 100_000)))
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.response().status == 413)
    #expect(try client.rest() == [])
  }

  @Test("A chunked body is refused when it becomes too long")
  func chunkedBodyLimit() throws {
    let server = try EchoServer { $0.bodyBytes = 10 }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n")
    #expect(try client.response().status == 413)
  }

  @Test("A client that goes on sending still reads the refusal")
  func lingering() throws {
    let server = try EchoServer { $0.bodyBytes = 1_000 }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 200000\r\n\r\n" + String(repeating: "b", count: 200_000))
    #expect(try client.response().status == 413)
    #expect(try client.rest() == [])
  }

  @Test("A body that ends early is refused")
  func truncatedBody() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
    client.endSending()
    #expect(try client.response().status == 400)
  }

  @Test("A head that does not end gets 408 after the whole timeout, not after one for each byte")
  func slowHead() throws {
    let server = try EchoServer { $0.head = .milliseconds(200) }
    let client = try server.connect()
    for byte in Array("GET / HTTP/1.1\r\nHost: t".utf8) {
      client.send([byte])
      pause(.milliseconds(15))
    }
    let answer = try client.response()
    #expect(answer.status == 408)
    #expect(answer["connection"] == "close")
  }

  @Test("A body that does not end gets 408")
  func slowBody() throws {
    let server = try EchoServer { $0.body = .milliseconds(100) }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
    #expect(try client.response().status == 408)
  }

  @Test("An idle connection is closed silently, and each request restarts the timeout")
  func idle() throws {
    let server = try EchoServer { $0.idle = .milliseconds(150) }
    let client = try server.connect()
    for _ in 0..<4 {
      pause(.milliseconds(80))
      client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try client.response().status == 200)
    }
    #expect(try client.rest() == [])
  }

  @Test("One connection too many is closed; when one ends, the next is served")
  func tooManyConnections() throws {
    let server = try EchoServer { $0.connections = 3 }
    var clients = try (0..<3).map { _ in try server.connect() }
    for client in clients {
      client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try client.response().status == 200)
    }
    let extra = try server.connect()
    #expect(try extra.rest() ?? [] == [])
    clients.removeLast()
    pause(.milliseconds(50))
    let next = try server.connect()
    next.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try next.response().status == 200)
  }

  @Test(
    "Connections that send or read slowly make room for a new one",
    arguments: [
      "G", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n", "GET /large HTTP/1.1\r\nHost: t\r\n\r\n",
    ])
  func slowConnections(_ text: String) throws {
    let server = try EchoServer { $0.connections = 3 }
    let slow = try (0..<3).map { _ in try server.connect() }
    for client in slow { client.send(text) }
    pause(.milliseconds(100))
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.response().status == 200)
    _ = slow
  }

  @Test("An absolute target outranks Host, so a handler sees the host that is meant")
  func absoluteTarget() throws {
    let server = try LocalServer.start(name: "test", host: "127.0.0.1", port: 0) {
      .text($0.header("host") ?? "none")
    }
    defer { server.stop() }
    let client = try WireClient(port: server.port)
    client.send("GET http://a:1/ HTTP/1.1\r\nHost: b\r\n\r\nGET / HTTP/1.1\r\nHost: c\r\n\r\n")
    #expect(try client.response().text == "a:1")
    #expect(try client.response().text == "c")
  }
}

/// A malformed request and its status.
struct MalformedRequest: CustomTestStringConvertible {
  let testDescription: String
  let status: Int
  let bytes: String

  init(_ description: String, _ status: Int, _ bytes: String) {
    testDescription = description
    self.status = status
    self.bytes = bytes
  }

  static let all = [
    MalformedRequest("lines without CR", 400, "GET / HTTP/1.1\nHost: t\n\n"),
    MalformedRequest("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    MalformedRequest("two Hosts", 400, "GET / HTTP/1.1\r\nHost: t\r\nHost: t\r\n\r\n"),
    MalformedRequest("two spaces", 400, "GET  / HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("space before a colon", 400, "GET / HTTP/1.1\r\nHost: t\r\nX : 1\r\n\r\n"),
    MalformedRequest(
      "length and coding", 400,
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    MalformedRequest("signed length", 400, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: +1\r\n\r\n"),
    MalformedRequest(
      "no chunk size", 400, "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    MalformedRequest("version 2.0", 505, "GET / HTTP/2.0\r\nHost: t\r\n\r\n"),
    MalformedRequest("CONNECT", 501, "CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("unknown expectation", 417, "GET / HTTP/1.1\r\nHost: t\r\nExpect: cake\r\n\r\n"),
    MalformedRequest("long target", 414, "GET /\(long(9_000)) HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("long head", 431, "GET / HTTP/1.1\r\nHost: t\r\nX: \(long(17_000))\r\n\r\n"),
    MalformedRequest(
      "many fields", 431, "GET / HTTP/1.1\r\nHost: t\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n"),
  ]

  private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }
}
