import LocalServer
import Testing
import WireClient

@Suite struct AnswerTests {
  @Test("The answer to HEAD is the head of the answer to GET")
  func head() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("HEAD /x HTTP/1.1\r\nHost: t\r\n\r\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n")
    let head = try client.answer(toHead: true)
    let get = try client.answer()
    // "HEAD" has one letter more than "GET", and the handler says the method.
    #expect(head["content-length"] == "\(get.body.count + 1)")
    #expect(head.body == [])
    #expect(get.status == 200)
  }

  @Test("204 has neither a body nor its length")
  func noContent() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /none HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = try client.answer()
    #expect(answer.status == 204)
    #expect(answer["content-length"] == nil)
    #expect(answer["content-type"] == nil)
    #expect(try client.answer().status == 200)
  }

  @Test("HTTP/1.0 is closed after the answer, unless it asks for keep-alive")
  func http10() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    #expect(try client.answer()["connection"] == "keep-alive")
    client.send("GET / HTTP/1.0\r\n\r\n")
    #expect(try client.answer()["connection"] == "close")
    #expect(try client.rest() == [])
  }

  @Test("Connection: close is honoured, and what follows is not looked at")
  func close() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.answer()["connection"] == "close")
    #expect(try client.rest() == [])
  }

  @Test("A stream arrives piece by piece, and the connection goes on behind it")
  func stream() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.answer().text == "onetwothree")
    #expect(try client.answer().text.hasPrefix("GET /after?"))
  }

  @Test("A stream to HTTP/1.0 ends with the connection")
  func streamToHTTP10() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let answer = try client.answer()
    #expect(answer["transfer-encoding"] == nil)
    #expect(answer["connection"] == "close")
    #expect(answer.text == "onetwothree")
  }

  @Test("A large answer waits for a slow reader")
  func slowReader() throws {
    let server = try EchoServer()
    let (slow, other) = (try server.connect(), try server.connect())
    slow.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
    other.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try other.answer().status == 200)
    #expect(try slow.answer().body.count == 8_000_000)
  }

  @Test("A reader that takes nothing is given up")
  func stalledReader() throws {
    let server = try EchoServer {
      $0.connections = 1
      $0.write = 100_000_000
    }
    let stalled = try server.connect()
    stalled.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
    // The only slot becomes free: a new connection is served at some time.
    let isFree = (0..<50).contains { _ in
      let client = try? server.connect()
      client?.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      if (try? client?.answer().status) == 200 { return true }
      Pause.milliseconds(20)
      return false
    }
    #expect(isFree)
    #expect(try stalled.rest() == nil)
  }

  @Test("No value of a header begins another line")
  func injection() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /inject HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = try client.answer()
    #expect(answer["x-echo"] == "a  X-Evil: b")
    #expect(answer["x-evil"] == nil)
  }
}
