import TestSupport
import Testing

@Suite("Interim answers and streams pass as they come", .ownThread)
struct StreamingTests {
  @Test("Expect: 100-continue is forwarded, 100 comes back, then the body goes out")
  func continues() throws {
    let script: [UpstreamStep] = [
      .head, .send("HTTP/1.1 100 Continue\r\n\r\n"), .read(4), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
      .again,
    ]
    let stage = try Stage(legacy: script)
    let client = try stage.client()
    for _ in 0..<2 {
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
      #expect(try client.readHead()?.status == 100)
      try client.send("body")
      #expect(try client.readResponse().text == "ok")
    }
    #expect(stage.legacy.requests.first?["Expect"] == ["100-continue"])
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("A 1.0 client gets no interim answer, and its expectation is ignored")
  func oldClient() throws {
    let stage = try Stage(
      legacy: .answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    let answer = try stage.client().ask("GET / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
    #expect(answer.status == 200)
    #expect(try stage.legacy.onlyRequest()["Expect"].isEmpty)
  }

  @Test("Interim answers pass with their fields, before the final one is there")
  func hints() throws {
    let gate = Gate()
    let script: [UpstreamStep] = [
      .request, .send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n"), .wait(gate),
      .send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ]
    let client = try Stage(legacy: script).client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let hints = try #require(try client.readHead())
    #expect(hints.status == 103)
    #expect(hints["Link"] == ["</a>"])
    #expect(hints["X-Hop"].isEmpty)
    gate.open()
    #expect(try client.readHead()?.status == 102)
    #expect(try client.readResponse().text == "ok")
  }

  @Test("Server-sent events arrive one by one", arguments: [true, false])
  func events(_ isChunked: Bool) throws {
    let gates = [Gate(), Gate()]
    let events = (1...3).map { number in isChunked ? "9\r\ndata: \(number)\n\n\r\n" : "data: \(number)\n\n" }
    let framing = isChunked ? "Transfer-Encoding: chunked\r\n" : ""
    let stage = try Stage(
      legacy: [
        .request, .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(framing)\r\n"), .send(events[0]),
        .wait(gates[0]), .send(events[1]), .wait(gates[1]), .send(events[2] + (isChunked ? "0\r\n\r\n" : "")), .close,
      ])
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readHead()?.status == 200)
    for number in 0..<3 {
      #expect(try client.read(events[number].utf8.count) == Array(events[number].utf8))
      if number < 2 { gates[number].open() }
    }
  }

  @Test("The head of an answer does not wait for its body, and a chunk not for its end")
  func pieces() throws {
    let gates = [Gate(), Gate()]
    let stage = try Stage(
      legacy: [
        .request, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .wait(gates[0]), .send("A\r\nhello"),
        .wait(gates[1]), .send("world\r\n0\r\n\r\n"), .again,
      ])
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readHead()?.status == 200)
    gates[0].open()
    #expect(try client.read(8) == Array("A\r\nhello".utf8))
    gates[1].open()
    #expect(try client.read(12) == Array("world\r\n0\r\n\r\n".utf8))
  }

  @Test("The request body reaches the upstream as it comes")
  func upload() throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    #expect(eventually { stage.legacy.received.first?.suffix(8) == Array("3\r\nabc\r\n".utf8)[...] })
    try client.send("0\r\n\r\n")
    #expect(try client.readResponse().status == 200)
  }

  @Test("An answer in any pieces is the same answer", arguments: [1, 2, 3, 7, 64])
  func anyPieces(_ size: Int) throws {
    let answer = Array(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nDigest: 1\r\n\r\n"
        .utf8)
    let pieces = stride(from: 0, to: answer.count, by: size).flatMap { start -> [UpstreamStep] in
      [.sendBytes(Array(answer[start..<min(start + size, answer.count)])), .pause(0.001)]
    }
    let stage = try Stage(legacy: [.request] + pieces + [.again])
    let client = try stage.client()
    for _ in 0..<2 {
      try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try client.readHead()?.status == 103)
      let final = try client.readResponse()
      #expect(final.text == "hello")
      #expect(final.body.trailers == ["Digest: 1"])
      #expect(final.head["X-A"] == ["1"])
    }
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("Upgrade is not offered to the upstream: its answer is an ordinary one")
  func upgrade() throws {
    let stage = try Stage()
    let client = try stage.client()
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    try client.send(request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readResponse().status == 200)
    #expect(try client.readResponse().status == 200)
    #expect(stage.legacy.requests[0]["Upgrade"].isEmpty)
  }
}
