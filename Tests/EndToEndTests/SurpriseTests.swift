import Testing

@Suite("Events that come together, or where nobody expects them", .ownThread)
struct SurpriseTests {
  private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
  private static let first = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"

  @Test(
    "A request that the proxy answers itself is answered once, and the next one as well",
    arguments: [
      ("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 200),
      ("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 501),
      ("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 here\r\n\r\n", 508),
    ])
  func ownAnswerOnce(_ request: String, _ status: Int) throws {
    let stage = try Stage(settings: "headers: { via_name: here }")
    let client = try stage.client()
    #expect(try client.ask(request).status == status)
    #expect(try client.get().text == "legacy")
  }

  @Test("The body of a request that the proxy answers itself is not the next request")
  func ownAnswerWithBody() throws {
    let stage = try Stage()
    let client = try stage.client()
    let inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(
      "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nContent-Length: \(inner.utf8.count)\r\n\r\n" + inner)
    #expect(try client.readAnswer().status == 200)
    #expect(client.readToEnd().bytes.isEmpty)
    #expect(stage.legacy.sawNothing)
  }

  @Test("Accepting goes on after connections had run out, while others are busy")
  func acceptsAgain() throws {
    let stage = try Stage(settings: "limits: { client_connections: 4 }")
    let busy = try stage.client()
    var others = try (0..<3).map { _ in try stage.client() }
    for other in others { #expect(try other.get().status == 200) }
    let waiting = try stage.client()
    try waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    pause(0.1)
    others.removeAll()
    for _ in 0..<100 {
      #expect(try busy.get().status == 200)
      pause(0.004)
    }
    waiting.patience = 0.002
    #expect(try waiting.readAnswer().status == 200)
  }

  @Test(
    "A kept connection was reset and a request came at once: it goes to a new connection", arguments: ["GET", "POST"])
  func resetAndRequest(_ method: String) throws {
    let gate = Gate()
    let legacy = try ScriptedUpstream([.request, .send(Self.first), .wait(gate), .reset], .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    #expect(try client.get().text == "first")
    try stage.proxy.holding {
      try client.send("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
      pause(0.05)
      gate.open()
    }
    client.patience = 3
    #expect(try client.readAnswer().text == "again")
    #expect(legacy.bodies.last?.text == "hi")
  }

  @Test("Bytes that came on a kept connection together with the next request are for nobody")
  func surplusAndRequest() throws {
    let gate = Gate()
    let legacy = try ScriptedUpstream(
      [.request, .send(Self.first), .wait(gate), .send(Self.poison), .stall], .saying("clean"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    #expect(try stage.client().get().text == "first")
    let client = try stage.client()
    try stage.proxy.holding {
      try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      pause(0.05)
      gate.open()
    }
    #expect(try client.readAnswer().text == "clean")
  }

  @Test("A server that answers before it has read anything is heard at once")
  func answerOnConnect() throws {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy"
    let legacy = try ScriptedUpstream([.send(busy), .request, .close])
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let clients = try (0..<200).map { _ in try stage.client() }
    try stage.proxy.holding { for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") } }
    for client in clients {
      client.patience = 3
      let status = try client.readAnswer().status
      #expect(status == 503 || status == 502)
    }
  }
}
