import TestSupport
import Testing

@Suite("An answer that breaks the rules becomes 502, and no byte of it reaches anyone", .ownThread)
struct BadAnswerTests {
  /// The client gets 502 on a connection that goes on; the upstream's is closed.
  private func expectBadGateway(_ answer: [UInt8], settings: String = "") throws {
    let stage = try Stage(legacy: [.request, .sendBytes(answer), .stall], settings: settings)
    let client = try stage.client()
    let first = try client.get()
    #expect(first.status == 502, "\(first.head.startLine)")
    #expect(!first.text.contains("secret"))
    #expect(try client.get(user: "uma").text == "unified")
    #expect(eventually { stage.legacy.received.count == 1 })
    _ = try client.get()
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test(
    "A head that breaks the grammar",
    arguments: [
      "HTTP/1.1 200 OK\nContent-Length: 6\r\n\r\nsecret", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 6\r\n\r\nsecret",
      "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 6\r\n\r\nsecret", "HTTP/1.1 200 O\0K\r\n\r\nsecret",
      "HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 6\r\n\r\nsecret", "HTTP/2.0 200 OK\r\n\r\nsecret",
      "HTTP/1.1 2000 OK\r\n\r\nsecret", "HTTP/1.1 099 OK\r\n\r\nsecret", "HTTP/1.1 20 OK\r\n\r\nsecret",
      "HTTP/1.1  200 OK\r\n\r\nsecret", "ICY 200 OK\r\n\r\nsecret", "secret\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX : a\r\n\r\nsecret", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\nsecret",
      "HTTP/1.1 200 OK\r\n X: a\r\n\r\nsecret", "HTTP/1.1 200 OK\r\n: a\r\n\r\nsecret",
      "HTTP/1.1 200 OK\r\nX\r\n\r\nsecret",
      "\r\nHTTP/1.1 200 OK\r\n\r\nsecret",
    ])
  func grammar(_ answer: String) throws { try expectBadGateway(Array(answer.utf8)) }

  @Test(
    "Framing that can be read in two ways",
    arguments: [
      "Content-Length: 6\r\nTransfer-Encoding: chunked", "Content-Length: 6, 6", "Content-Length: +6",
      "Content-Length: 6\r\nContent-Length: 7", "Content-Length: 99999999999999999999", "Content-Length: 0x6",
      "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked;a",
      "Transfer-Encoding: identity", "Content-Length:",
    ])
  func framing(_ fields: String) throws {
    try expectBadGateway(Array("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\nsecret".utf8))
  }

  @Test("Transfer-Encoding in a 1.0 answer")
  func oldChunked() throws {
    try expectBadGateway(Array("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\n\r\n".utf8))
  }

  @Test("A head over its limits")
  func limits() throws {
    let long = "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 2_000))\r\nContent-Length: 6\r\n\r\nsecret"
    try expectBadGateway(Array(long.utf8), settings: "limits: { head_bytes: 1024, target_bytes: 256 }")
    let many = (1...40).map { "X\($0): a\r\n" }.joined()
    try expectBadGateway(
      Array("HTTP/1.1 200 OK\r\n\(many)\r\nsecret".utf8), settings: "limits: { header_fields: 32 }")
  }

  @Test("101 that nobody asked for, and more interim answers than the bound", arguments: [1, 20])
  func interim(_ count: Int) throws {
    let line =
      count == 1 ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" : "HTTP/1.1 103 Early Hints\r\n\r\n"
    let stage = try Stage(
      legacy: [.request, .send(String(repeating: line, count: count)), .send("secret"), .stall])
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    var head = try #require(try client.readHead())
    while head.status == 103 { head = try #require(try client.readHead()) }
    #expect(head.status == 502)
  }

  @Test("An upstream that closes before it answers", arguments: [true, false])
  func closes(_ inTheMiddle: Bool) throws {
    let stage = try Stage(legacy: [.request, .send(inTheMiddle ? "HTTP/1.1 200 OK\r\nX-Half: " : ""), .close])
    let client = try stage.client()
    #expect(try client.get().status == 502)
    #expect(try client.get(user: "uma").text == "unified")
  }
}
