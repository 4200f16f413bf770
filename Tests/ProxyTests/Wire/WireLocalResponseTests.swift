import TestSupport
import Testing

@Suite("What the proxy answers itself, and what it does at its limits, disturbs nobody", .ownThread)
struct WireLocalResponseTests {
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
    #expect(try client.readResponse().status == 200)
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
    pause(.milliseconds(100))
    others.removeAll()
    for _ in 0..<100 {
      #expect(try busy.get().status == 200)
      pause(.milliseconds(4))
    }
    waiting.patience = 0.002
    #expect(try waiting.readResponse().status == 200)
  }
}
