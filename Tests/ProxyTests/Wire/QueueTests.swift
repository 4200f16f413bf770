import TestSupport
import Testing

@Suite("Requests wait in line for a connection, for a while", .ownThread)
struct QueueTests {
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("Who waits gets the connection when it is free, and no second one is opened")
  func served() throws {
    let gate = Gate()
    let script: [UpstreamStep] = [
      .request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ]
    let stage = try Stage(legacy: script, settings: "limits: { server_connections: 1 }")
    let clients = try (0..<4).map { _ in try stage.client() }
    for client in clients { try client.send(Self.request) }
    #expect(eventually { stage.legacy.requests.count == 1 })
    pause(.milliseconds(100))
    #expect(stage.legacy.connectionCount == 1)
    gate.open()
    for client in clients { #expect(try client.readResponse().text == "ok") }
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("Who waits too long gets 503; the other cohort has a line of its own")
  func timesOut() throws {
    let stage = try Stage(
      legacy: [.request, .stall], settings: "limits: { server_connections: 1 }\ntimeouts: { queue: 200ms }")
    let first = try stage.client()
    try first.send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 1 })
    let second = try stage.client()
    #expect(try second.get().status == 503)
    #expect(try second.get(user: "uma").text == "unified")
  }

  @Test("When the line is full, the next gets 503 at once")
  func full() throws {
    let gate = Gate()
    let script: [UpstreamStep] = [
      .request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ]
    let stage = try Stage(
      legacy: script, settings: "limits: { server_connections: 1, queued_requests: 1 }\ntimeouts: { queue: 20s }")
    let clients = try (0..<3).map { _ in try stage.client() }
    try clients[0].send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 1 })
    try clients[1].send(Self.request)
    pause(.milliseconds(100))
    #expect(try clients[2].get().status == 503)
    gate.open()
    #expect(try clients[0].readResponse().text == "ok")
    #expect(try clients[1].readResponse().text == "ok")
  }

  @Test("A client that leaves the line leaves no gap")
  func leaves() throws {
    let gate = Gate()
    let script: [UpstreamStep] = [
      .request, .wait(gate), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ]
    let stage = try Stage(legacy: script, settings: "limits: { server_connections: 1 }")
    let clients = try (0..<4).map { _ in try stage.client() }
    for client in clients {
      try client.send(Self.request)
      pause(.milliseconds(20))
    }
    clients[1].resetNow()
    pause(.milliseconds(100))
    gate.open()
    for client in [clients[0], clients[2], clients[3]] { #expect(try client.readResponse().text == "ok") }
  }
}
