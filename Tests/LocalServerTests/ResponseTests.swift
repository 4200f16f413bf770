import LocalServer
import TestSupport
import Testing

@Suite struct ResponseTests {
  @Test("The response to HEAD is the head of the response to GET")
  func head() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("HEAD /x HTTP/1.1\r\nHost: t\r\n\r\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n")
    let head = try client.response(toHead: true)
    let get = try client.response()
    // "HEAD" has one letter more than "GET", and the handler says the method.
    #expect(head["content-length"] == "\(get.body.bytes.count + 1)")
    #expect(head.body.bytes == [])
    #expect(get.status == 200)
  }

  @Test("204 has neither a body nor its length")
  func noContent() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /none HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = try client.response()
    #expect(answer.status == 204)
    #expect(answer["content-length"] == nil)
    #expect(answer["content-type"] == nil)
    #expect(try client.response().status == 200)
  }

  @Test("HTTP/1.0 is closed after the response, unless it asks for keep-alive")
  func http10() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    #expect(try client.response()["connection"] == "keep-alive")
    client.send("GET / HTTP/1.0\r\n\r\n")
    #expect(try client.response()["connection"] == "close")
    #expect(try client.rest() == [])
  }

  @Test("Connection: close is honoured, and further input is ignored")
  func close() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.response()["connection"] == "close")
    #expect(try client.rest() == [])
  }

  @Test("A stream arrives piece by piece, and the connection continues after it")
  func stream() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.response().text == "onetwothree")
    #expect(try client.response().text.hasPrefix("GET /after?"))
  }

  @Test("A stream to HTTP/1.0 ends with the connection")
  func streamToHTTP10() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let answer = try client.response()
    #expect(answer["transfer-encoding"] == nil)
    #expect(answer["connection"] == "close")
    #expect(answer.text == "onetwothree")
  }

  @Test("A large response waits for a slow reader")
  func slowReader() throws {
    let server = try EchoServer()
    let (slow, other) = (try server.connect(), try server.connect())
    slow.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
    other.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try other.response().status == 200)
    #expect(try slow.response().body.bytes.count == 8_000_000)
  }

  @Test("A reader that takes nothing is disconnected")
  func stalledReader() throws {
    let server = try EchoServer {
      $0.connections = 1
      $0.write = .milliseconds(100)
    }
    let stalled = try server.connect()
    stalled.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
    // The only slot becomes free: a new connection is served at some time.
    let isFree = (0..<50).contains { _ in
      let client = try? server.connect()
      client?.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      if (try? client?.response().status) == 200 { return true }
      pause(.milliseconds(20))
      return false
    }
    #expect(isFree)
    #expect(try stalled.rest() == nil)
  }

  @Test("No header value begins another line")
  func injection() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /inject HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = try client.response()
    #expect(answer["x-echo"] == "a  X-Evil: b")
    #expect(answer["x-evil"] == nil)
  }
}
