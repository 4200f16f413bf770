import TestSupport
import Testing

@Suite("SIGTERM drains", .ownThread)
struct DrainTests {
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("A request in flight finishes, idle connections close, new ones are refused, and the exit status is 0")
  func drains() throws {
    let gate = Gate()
    let stage = try Stage(
      legacy: [.request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again], workers: 2)
    let (busy, idle) = (try stage.client(), try stage.client())
    _ = try idle.get(user: "uma")
    try busy.send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 1 })
    stage.proxy.terminate()
    #expect(idle.end(within: 3) == .closed)
    #expect(eventually { (try? stage.client()) == nil })
    #expect(stage.proxy.isRunning)
    gate.open()
    let answer = try busy.readResponse()
    #expect(answer.text == "ok")
    #expect(answer.head["Connection"] == ["close"])
    #expect(busy.end() == .closed)
    #expect(stage.proxy.exitStatus() == .exited(0))
  }

  @Test("Bodies that are under way both ways pass whole")
  func bodies() throws {
    let gate = Gate()
    let stage = try Stage(
      legacy: [
        .head, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"), .read(10), .wait(gate), .send("later"),
        .again,
      ])
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
    #expect(try client.readHead()?.status == 200)
    stage.proxy.terminate()
    pause(.milliseconds(100))
    try client.send("later")
    gate.open()
    #expect(try client.read(10) == Array("firstlater".utf8))
    #expect(client.end() == .closed)
    #expect(stage.proxy.exitStatus() == .exited(0))
  }

  @Test("A request that was sent before the order is still answered, even if its head is not complete")
  func halfHead() throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHo")
    pause(.milliseconds(100))
    stage.proxy.terminate()
    pause(.milliseconds(100))
    try client.send("st: a\r\n\r\n")
    #expect(try client.readResponse().text == "legacy")
    #expect(stage.proxy.exitStatus() == .exited(0))
  }

  @Test("Of pipelined requests the one in flight is answered; the connection then says close")
  func pipelined() throws {
    let gate = Gate()
    let stage = try Stage(
      legacy: [.request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again])
    let client = try stage.client()
    try client.send(Self.request + Self.request)
    #expect(eventually { stage.legacy.requests.count == 1 })
    stage.proxy.terminate()
    pause(.milliseconds(100))
    gate.open()
    #expect(try client.readResponse().head["Connection"] == ["close"])
    #expect(client.end() == .closed)
    #expect(stage.legacy.requests.count == 1)
    #expect(stage.proxy.exitStatus() == .exited(0))
  }

  @Test("When the time is up, what is left is cut, never given a clean end")
  func timeIsUp() throws {
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\n\r\nhalf"), .stall], settings: "timeouts: { drain: 300ms }")
    let client = try stage.client()
    try client.send(Self.request)
    #expect(try client.readHead()?.status == 200)
    stage.proxy.terminate()
    #expect(client.readToEnd().end == .reset)
    #expect(stage.proxy.exitStatus() == .exited(0))
  }

  @Test("A connection that is between two requests does not hold up the end")
  func drainedBody() throws {
    let early = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"
    let stage = try Stage(legacy: [.head, .send(early), .stall])
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
    #expect(try client.readResponse().status == 401)
    stage.proxy.terminate()
    pause(.milliseconds(100))
    try? client.send("later")
    #expect(stage.proxy.exitStatus(within: 5) == .exited(0))
  }

  @Test("/readyz says that it drains, /healthz that it lives")
  func readiness() throws {
    let gate = Gate()
    let stage = try Stage(
      legacy: [.request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again])
    #expect(try stage.proxy.admin("/readyz").status == 200)
    let client = try stage.client()
    try client.send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 1 })
    stage.proxy.terminate()
    #expect(try eventually { try stage.proxy.admin("/readyz").status == 503 })
    #expect(try stage.proxy.admin("/healthz").status == 200)
    gate.open()
    #expect(try client.readResponse().text == "ok")
  }
}
