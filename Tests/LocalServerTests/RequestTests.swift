import LocalServer
import TestSupport
import Testing

@Suite struct RequestTests {
  @Test("The handler sees method, path, query, header lines, body and where the client is")
  func whatHandlersSee() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("PUT /a/b%20c?x=1&y HTTP/1.1\r\nHost: t\r\nX-User:  42 \r\nContent-Length: 5\r\n\r\nhello")
    let answer = try client.response()
    #expect(answer.status == 200)
    #expect(answer.text == "PUT /a/b%20c?x=1&y user=42 loopback=true body=hello")
    #expect(answer["content-type"] == "text/plain; charset=utf-8")
    #expect(answer["content-length"] == "\(answer.body.bytes.count)")
    #expect(answer["date"]?.hasSuffix(" GMT") == true)
    #expect(answer["connection"] == nil)
  }

  @Test("A header field that came twice has no value")
  func repeatedField() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: t\r\nX-User: 1\r\nX-User: 2\r\n\r\n")
    #expect(try client.response().text.contains("user=-"))
  }

  @Test("A field named in Connection is not shown to the handler")
  func hopByHop() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: t\r\nX-User: 1\r\nConnection: x-user\r\n\r\n")
    #expect(try client.response().text.contains("user=-"))
  }

  @Test("Requests follow one another on one connection")
  func keepAlive() throws {
    let server = try EchoServer()
    let client = try server.connect()
    for number in 0..<5 {
      client.send("GET /\(number) HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try client.response().text.hasPrefix("GET /\(number)?"))
    }
  }

  @Test("Pipelined requests are answered in order, also when the first answer comes late")
  func pipelining() throws {
    let server = try EchoServer()
    let client = try server.connect()
    let others = (0..<100).map { "POST /\($0) HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc" }
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n" + others.joined())
    #expect(try client.response().text == "late")
    for number in 0..<100 { #expect(try client.response().text.hasPrefix("POST /\(number)?")) }
  }

  @Test("A request that comes byte by byte is the same request")
  func byteByByte() throws {
    let server = try EchoServer()
    let client = try server.connect()
    for byte in "POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8 {
      client.send([byte])
    }
    #expect(try client.response().text.hasSuffix("body=abc"))
  }

  @Test("A chunked body arrives without its framing, extensions and trailers")
  func chunked() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nX-User: 7\r\n\r\n")
    let answer = try client.response()
    #expect(answer.text == "POST /? user=- loopback=true body=hello!")
  }

  @Test("A client that asks before it sends a body is told to go on")
  func expectContinue() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.response().status == 100)
    client.send("ok")
    #expect(try client.response().text.hasSuffix("body=ok"))
  }

  @Test("A client that ends its side after the request still gets the answer")
  func halfClosed() throws {
    let server = try EchoServer()
    let client = try server.connect()
    client.send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n")
    client.endSending()
    #expect(try client.response().text == "late")
    #expect(try client.rest() == [])
  }
}
