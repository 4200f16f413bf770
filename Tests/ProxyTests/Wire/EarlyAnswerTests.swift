import TestSupport
import Testing

@Suite("An answer may come before the request was read", .ownThread)
struct EarlyAnswerTests {
  private static let early = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"

  @Test("It is forwarded at once, the rest of the body is read away, and the client's connection goes on")
  func drained() throws {
    let stage = try Stage(
      ScriptedUpstream([.head, .send(Self.early), .stall], .saying("next")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nhalf of it")
    #expect(try client.readResponse().status == 401)
    try client.send("other half", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readResponse().text == "next")
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test("A client that expected 100-continue and got an answer may go on with another request")
  func expectedContinue() throws {
    let stage = try Stage(
      ScriptedUpstream([.head, .send(Self.early), .stall], .saying("next")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    let answer = try client.readResponse()
    #expect(answer.status == 401)
    // Either the connection ends, or the body is still owed: then it is read away.
    if answer.head["Connection"] == ["close"] {
      #expect(client.end() == .closed)
    } else {
      try client.send("hello", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try client.readResponse().text == "next")
    }
  }

  @Test("A body past the bound ends the connection, after the answer was read in full")
  func tooMuchToDrain() throws {
    let stage = try Stage(legacy: [.head, .send(Self.early), .close], settings: "timeouts: { linger: 300ms }")
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
    try client.sendVolume(100_000)
    #expect(try client.readResponse().status == 401)
    #expect([.closed, .reset].contains(client.end()))
  }

  @Test("An upstream that answers, then closes with the body unread: the answer is delivered")
  func closesUnread() throws {
    let answer = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
    // A reset that overtook the answer would take it away before anyone could read it, so the close comes a while later.
    let stage = try Stage(legacy: [.head, .send(answer), .shutdown, .pause(1), .close])
    for _ in 0..<10 {
      let client = try stage.client()
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
      try? client.sendVolume(60_000)
      #expect(try client.readResponse().status == 401)
    }
  }

  @Test("A body that breaks the rules behind an early answer is not forwarded as whole")
  func brokenBehind() throws {
    let stage = try Stage(legacy: [
      .head, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"), .stall,
    ])
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nab\r\n")
    _ = try client.readHead()
    try client.send("zz\r\n")
    #expect(throws: WireError.self) { try client.readBody(.chunked) }
    #expect(stage.legacy.received.first?.suffix(5) != Array("0\r\n\r\n".utf8)[...])
  }

  @Test("An echo runs both ways at once")
  func bothWays() throws {
    let script: [UpstreamStep] = [
      .head, .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"), .read(2), .send("ab"), .read(2), .send("cd"),
      .again,
    ]
    let stage = try Stage(legacy: script)
    let client = try stage.client()
    for _ in 0..<2 {
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n12")
      let head = try #require(try client.readHead())
      #expect(head.status == 200)
      #expect(try client.read(2) == Array("ab".utf8))
      try client.send("34")
      #expect(try client.read(2) == Array("cd".utf8))
    }
    #expect(stage.legacy.connectionCount == 1)
  }
}
