import TestSupport
import Testing

@Suite("The outcome does not depend on which events come together", .ownThread)
struct BatchedEventTests {
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
  private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

  /// A proxy with one kept connection to legacy, stopped; `happens` is what the upstream does on that connection then.
  private func stage(_ gate: Gate, _ happens: [UpstreamStep]) throws -> Stage {
    let legacy = try ScriptedUpstream([.request, .send(Self.good), .wait(gate)] + happens, .saying("clean"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")), settings: "timeouts: { first_byte: 2s }")
    #expect(try stage.client().get().text == "good")
    return stage
  }

  @Test("A request and bytes too many on the idle connection: they are for nobody")
  func poisonWithRequest() throws {
    let gate = Gate()
    let stage = try stage(gate, [.send(Self.poison), .again])
    let client = try stage.client()
    _ = try client.get(user: "uma")
    stage.proxy.whileStopped {
      try? client.send(Self.request)
      pause(.milliseconds(50))
      gate.open()
      pause(.milliseconds(50))
    }
    #expect(try client.readResponse().text == "clean")
  }

  @Test(
    "A request and the end of the idle connection: it goes over a new one", arguments: ["GET", "POST"], [true, false])
  func endWithRequest(_ method: String, _ resets: Bool) throws {
    let gate = Gate()
    let stage = try stage(gate, [resets ? .reset : .close])
    let client = try stage.client()
    _ = try client.get(user: "uma")
    stage.proxy.whileStopped {
      try? client.send("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
      pause(.milliseconds(50))
      gate.open()
      pause(.milliseconds(50))
    }
    #expect(try client.readResponse().text == "clean")
  }

  @Test("An answer that is there when the connection comes to stand is read at once")
  func answerWithConnection() throws {
    let busy = "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy"
    let stage = try Stage(legacy: [.send(busy), .shutdown, .stall], settings: "timeouts: { first_byte: 3s }")
    let clients = try (0..<40).map { _ in try stage.client() }
    for client in clients { _ = try client.get(user: "uma") }
    stage.proxy.whileStopped { for client in clients { try? client.send(Self.request) } }
    for client in clients { #expect(try client.readResponse().text == "busy") }
  }

  @Test("An answer that uses up its share of a turn to the last byte is finished in the next", arguments: 0..<12)
  func shareOfTurn(_ quarter: Int) throws {
    // From 6 to 9 buffers of 16 KiB in steps of a quarter: some of them end where the share does. The first answer
    // widens the windows, so that all of the second is there at once.
    let (large, size) = (8 << 20, 16_384 * 6 + 4_096 * quarter)
    let head = "HTTP/1.1 200 OK\r\nContent-Length: "
    let gate = Gate()
    let stage = try Stage(legacy: [
      .request, .send(head + "\(large)\r\n\r\n"), .sendVolume(large),
      .request, .wait(gate), .send(head + "\(size)\r\n\r\n"), .sendVolume(size), .again,
    ])
    let client = try stage.client()
    client.patience = 3
    try client.send(Self.request)
    _ = try client.readHead()
    try client.skipVolume(large)
    try client.send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 2 })
    stage.proxy.whileStopped {
      gate.open()
      pause(.milliseconds(50))
    }
    #expect(try client.readHead()?["Content-Length"] == ["\(size)"])
    try client.skipVolume(size)
    try client.send(Self.request)
    #expect(eventually { stage.legacy.requests.count == 3 })
  }

  @Test("A client that ends its side together with its last bytes gets its answer", arguments: [true, false])
  func endOfClient(_ isPost: Bool) throws {
    let stage = try Stage()
    let client = try stage.client()
    stage.proxy.whileStopped {
      try? client.send(isPost ? "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" : Self.request)
      client.shutdownSending()
    }
    #expect(try client.readResponse().text == "legacy")
    #expect(client.end() == .closed)
  }
}
