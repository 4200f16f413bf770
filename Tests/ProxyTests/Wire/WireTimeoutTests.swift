import TestSupport
import Testing

@Suite("Whoever is too slow is given up, with the status that says who it was", .ownThread)
struct WireTimeoutTests {
  @Test("A head that does not get complete: 408, counted from its first byte, however it trickles")
  func head() throws {
    let stage = try Stage(settings: "timeouts: { request_head: 300ms }")
    let client = try stage.client()
    let start = ContinuousClock.now
    for byte in "GET / HTTP/1.1\r\nHos".utf8 {
      try client.send(bytes: [byte])
      pause(.milliseconds(10))
    }
    #expect(try client.readResponse().status == 408)
    #expect(client.end() == .closed)
    #expect(ContinuousClock.now - start < .seconds(2))
    #expect(stage.legacy.sawNothing)
  }

  @Test("A body that stops: 408, and the upstream is not given an end")
  func body() throws {
    let stage = try Stage(settings: "timeouts: { request_body_idle: 200ms }")
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(try client.readResponse().status == 408)
    #expect(client.end() == .closed)
    #expect(eventually { stage.legacy.failures.count == 1 })
  }

  @Test("A body that goes on, slowly, is no fault")
  func slowBody() throws {
    let stage = try Stage(settings: "timeouts: { request_body_idle: 400ms, first_byte: 200ms }")
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
    for _ in 0..<6 {
      try client.send("x")
      pause(.milliseconds(150))
    }
    #expect(try client.readResponse().status == 200)
  }

  @Test("A client that asks nothing is closed without a word", arguments: [true, false])
  func clientIdle(_ afterRequest: Bool) throws {
    let stage = try Stage(settings: "timeouts: { client_idle: 200ms }")
    let client = try stage.client()
    if afterRequest { _ = try client.get() }
    #expect(client.end(within: 3) == .closed)
  }

  @Test("No first byte of an answer: 504, and that connection is not used again", arguments: ["GET", "POST"])
  func firstByte(_ method: String) throws {
    let legacy = try ScriptedUpstream([.request, .stall], .saying("next"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")), settings: "timeouts: { first_byte: 200ms }")
    let client = try stage.client()
    #expect(try client.ask("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status == 504)
    #expect(try client.get(user: "uma").text == "unified")
    #expect(legacy.connectionCount == 1)
    #expect(try client.get().text == "next")
  }

  @Test("A head that stops in the middle: 504", arguments: ["HTTP/1.1 20", "HTTP/1.1 103 Early Hints\r\n\r\n"])
  func halfHead(_ bytes: String) throws {
    let stage = try Stage(legacy: [.request, .send(bytes), .stall], settings: "timeouts: { first_byte: 300ms }")
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    var head = try #require(try client.readHead())
    if head.status == 103 { head = try #require(try client.readHead()) }
    #expect(head.status == 504)
  }

  @Test("A head that drips does not put the end off")
  func drippingHead() throws {
    let drips = (0..<30).flatMap { _ in [UpstreamStep.send("a"), .pause(0.1)] }
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\nX: ")] + drips, settings: "timeouts: { first_byte: 400ms }")
    let start = ContinuousClock.now
    #expect(try stage.client().get().status == 504)
    #expect(ContinuousClock.now - start < .seconds(2))
  }

  @Test("An answer that stops is cut, without a clean end")
  func responseIdle() throws {
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), .stall],
      settings: "timeouts: { response_idle: 200ms }")
    #expect(throws: WireError.self) { try stage.client().get() }
  }

  @Test("A server whose backlog is full: 504 when the connection does not come about")
  func connect() throws {
    let full = try FullBacklog()
    let unified = try ScriptedUpstream(.saying("unified"))
    let proxy = try LocalProxy(
      """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(full.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"] }
      timeouts: { connect: 200ms }
      """)
    let client = try proxy.client()
    #expect([503, 504].contains(try client.get().status))
    #expect(try client.get(user: "uma").text == "unified")
  }

  @Test("A kept connection is closed after its time")
  func pooledIdle() throws {
    let stage = try Stage(settings: "timeouts: { pooled_idle: 150ms }")
    let client = try stage.client()
    _ = try client.get()
    pause(.milliseconds(500))
    _ = try client.get()
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test("A client that does not take its answer is given up, and its upstream with it")
  func writeIdle() throws {
    let stage = try Stage(
      legacy: [
        .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"), .sendVolume(50_000_000), .again,
      ],
      settings: "timeouts: { write_idle: 300ms }")
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(eventually { stage.legacy.failures.count == 1 })
    #expect(throws: WireError.self) { try client.skipVolume(50_000_000) }
  }
}
