import TestSupport
import Testing

@Suite("Connections are kept, ended and shared as HTTP says", .ownThread)
struct ConnectionTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("Pipelined requests are answered in order, whichever upstream is slower")
  func pipelining() throws {
    let stage = try Stage(legacy: [
      .request, .pause(0.05), .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow"), .again,
    ])
    let client = try stage.client()
    let other = "GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n"
    let post = "POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\nContent-Length: 3\r\n\r\nabc"
    try client.send(Self.get + other + post + Self.get + other)
    let texts = try (0..<5).map { _ in try client.readResponse().text }
    #expect(texts == ["slow", "unified", "unified", "slow", "unified"])
    #expect(stage.unified.bodies.map(\.text) == ["", "abc", ""])
  }

  @Test("A pipelined request may come in pieces together with the one before")
  func pipeliningInPieces() throws {
    let stage = try Stage()
    let client = try stage.client()
    let both =
      Self.get + "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + Self.get
    for piece in stride(from: 0, to: both.utf8.count, by: 7) {
      try client.send(bytes: Array(both.utf8.dropFirst(piece).prefix(7)))
      pause(.milliseconds(2))
    }
    for _ in 0..<3 { #expect(try client.readResponse().status == 200) }
    #expect(stage.legacy.bodies.map(\.text) == ["", "abc", ""])
  }

  @Test("A client that holds the only slot may take many turns of the loop")
  func manyTurns() throws {
    let stage = try Stage(settings: "limits: { client_connections: 1 }")
    let client = try stage.client()
    // The proxy responds itself, so that nothing ends a turn but its number of steps.
    let request = "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
    try client.send(String(repeating: request, count: 100))
    for _ in 0..<100 { #expect(try client.readResponse().status == 200) }
  }

  @Test(
    "Who may send another request on the connection",
    arguments: [
      ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.0", "", false),
      ("HTTP/1.1", "Connection: x, CLOSE\r\n", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
      ("HTTP/1.1", "Connection: close, keep-alive\r\n", false),
    ])
  func persistence(_ version: String, _ field: String, _ isKept: Bool) throws {
    let stage = try Stage()
    let client = try stage.client()
    let request = "GET / \(version)\r\nHost: a\r\n\(field)\r\n"
    try client.send(request + request)
    let answer = try client.readResponse()
    #expect(answer.head.startLine.hasPrefix("HTTP/1.1"))
    if isKept {
      #expect(answer.head["Connection"] == (version == "HTTP/1.0" ? ["keep-alive"] : []))
      #expect(try client.readResponse().status == 200)
    } else {
      #expect(answer.head["Connection"] == ["close"])
      #expect(client.end() == .closed)
      #expect(stage.legacy.requests.count == 1)
    }
  }

  @Test("After close the answer is read in full although the client goes on sending")
  func lingeringClose() throws {
    let stage = try Stage(
      legacy: .answering("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + String(repeating: "a", count: 200_000)))
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + String(repeating: "x", count: 50_000))
    #expect(try client.readResponse().body.bytes.count == 200_000)
    #expect(client.end() == .closed)
  }

  @Test("A refusal is read in full although the client goes on sending")
  func lingeringRefusal() throws {
    let stage = try Stage(settings: "limits: { request_body_bytes: 1000 }")
    let client = try stage.client()
    try client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", String(repeating: "x", count: 100_000))
    #expect(try client.readResponse().status == 413)
    #expect(client.end() == .closed)
  }

  @Test("A client that ends its side after its request still gets the answer")
  func halfClose() throws {
    let stage = try Stage(legacy: [
      .request, .pause(0.1), .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"), .again,
    ])
    let client = try stage.client()
    try client.send(Self.get)
    client.shutdownSending()
    #expect(try client.readResponse().text == "late")
    #expect(client.end() == .closed)
  }

  @Test("Requests that were pipelined before the client ended its side are all answered")
  func halfClosePipelined() throws {
    let stage = try Stage(legacy: [
      .request, .pause(0.05), .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"), .again,
    ])
    let client = try stage.client()
    try client.send(Self.get + Self.get + Self.get)
    client.shutdownSending()
    for _ in 0..<3 { #expect(try client.readResponse().text == "late") }
    #expect(client.end() == .closed)
  }

  @Test("Users share upstream connections: a second client's request goes over the first one's")
  func sharing() throws {
    let stage = try Stage()
    for user in ["a", "b", "c"] { #expect(try stage.client().get(user: user).text == "legacy") }
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("An upstream connection is not used again after Connection: close")
  func upstreamClose() throws {
    let stage = try Stage(
      legacy: .answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"))
    let client = try stage.client()
    let answer = try client.get()
    #expect(answer.head["Connection"].isEmpty)
    #expect(try client.get().text == "ok")
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test("When a client goes away, its upstream connection is not lent to another")
  func abandoned() throws {
    let stage = try Stage(
      ScriptedUpstream(
        [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .pause(0.2), .send("secret"), .again],
        .saying("clean")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    try client.send(Self.get)
    _ = try client.readHead()
    client.resetNow()
    #expect(try stage.client().get().text == "clean")
    pause(.milliseconds(250))
    #expect(try stage.client().get().text == "clean")
  }
}
