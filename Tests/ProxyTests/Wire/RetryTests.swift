import TestSupport
import Testing

@Suite("A request is tried again only where nobody can notice, and only in its cohort", .ownThread)
struct RetryTests {
  /// Answers one request, then ends the connection when the next one is on its way.
  private static let diesOnSecond: [UpstreamStep] = [
    .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"), .head, .close,
  ]

  /// A proxy whose legacy cohort has these servers; the other cohort stands by.
  private func proxy(_ servers: [UInt16], _ unified: ScriptedUpstream, settings: String = "") throws -> LocalProxy {
    let list = servers.map { "\"http://127.0.0.1:\($0)\"" }.joined(separator: ", ")
    return try LocalProxy(
      "cohorts: { legacy: { servers: [\(list)] }, unified: { servers: [\"http://127.0.0.1:\(unified.port)\"] } }\n\(settings)"
    )
  }

  @Test("A server that refuses connections: 503, and never the other cohort", arguments: ["GET", "POST"])
  func refused(_ method: String) throws {
    let unified = try ScriptedUpstream(.saying("unified"))
    let proxy = try proxy([try FreePort.take()], unified)
    let client = try proxy.client()
    #expect(try client.ask("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status == 503)
    #expect(unified.sawNothing)
    #expect(try client.get(user: "uma").text == "unified")
  }

  @Test("Nothing was written yet: any method goes to a second server of the cohort", arguments: ["GET", "POST"])
  func secondServer(_ method: String) throws {
    let unified = try ScriptedUpstream(.saying("unified"))
    let legacy = try ScriptedUpstream(.saying("second"))
    let proxy = try proxy([try FreePort.take(), legacy.port], unified)
    for _ in 0..<4 {
      let answer = try proxy.client().ask("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
      #expect(answer.text == "second")
    }
    #expect(legacy.bodies.map(\.text) == ["hi", "hi", "hi", "hi"])
    #expect(unified.sawNothing)
  }

  @Test(
    "A kept connection died before the answer: what is idempotent is sent again, whole",
    arguments: ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
  func idempotent(_ method: String) throws {
    let legacy = try ScriptedUpstream(Self.diesOnSecond, .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    #expect(try client.get().text == "first")
    let answer = try client.ask("\(method) /x HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nbody")
    #expect(answer.status == 200)
    let request = try #require(legacy.requests.last)
    #expect(request.startLine == "\(method) /x HTTP/1.1")
    #expect(request["X-A"] == ["1"])
    #expect(legacy.bodies.last?.text == "body")
    #expect(legacy.connectionCount == 2)
    #expect(stage.unified.sawNothing)
  }

  @Test("POST on a kept connection that died is not sent again: 502", arguments: ["POST", "PATCH", "BREW"])
  func notIdempotent(_ method: String) throws {
    let legacy = try ScriptedUpstream(Self.diesOnSecond, .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    _ = try client.get()
    #expect(try client.ask("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status == 502)
    #expect(legacy.connectionCount == 1)
    #expect(stage.unified.sawNothing)
    #expect(try client.get().text == "again")
  }

  @Test("GET on a new connection that died is not sent again: 502", arguments: [true, false])
  func newConnection(_ resets: Bool) throws {
    let legacy = try ScriptedUpstream([.request, resets ? .reset : .close], .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    #expect(try stage.client().get().status == 502)
    #expect(legacy.connectionCount == 1)
  }

  @Test("After the first byte of an answer nothing is sent again")
  func afterFirstByte() throws {
    let first: [UpstreamStep] = [
      .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"), .head, .send("HTTP/1.1 2"), .close,
    ]
    let legacy = try ScriptedUpstream(first, .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    _ = try client.get()
    #expect(try client.get().status == 502)
    #expect(legacy.connectionCount == 1)
  }

  @Test("A body that is no longer held is not sent again: 502")
  func streamedBody() throws {
    let legacy = try ScriptedUpstream(Self.diesOnSecond, .saying("again"))
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    _ = try client.get()
    try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhe", "lo")
    #expect(try client.readResponse().status == 502)
    #expect(legacy.connectionCount == 1)
  }

  @Test("Connections that died while they were idle cost no request, whatever its method", arguments: ["GET", "POST"])
  func diedIdle(_ method: String) throws {
    let first: [UpstreamStep] = [
      .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"), .pause(0.05), .close,
    ]
    let stage = try Stage(ScriptedUpstream(first, .saying("again")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    _ = try client.get()
    pause(.milliseconds(200))
    #expect(try client.ask("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").text == "again")
  }

  @Test("A dead server does not use up what should wait for the one that lives")
  func deadAndBusyServers() throws {
    let unified = try ScriptedUpstream(.saying("unified"))
    let legacy = try ScriptedUpstream([
      .request, .pause(0.1), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ])
    let proxy = try proxy(
      [try FreePort.take(), legacy.port], unified,
      settings: "limits: { server_connections: 1 }\ntimeouts: { queue: 5s }")
    let clients = try (0..<4).map { _ in try proxy.client() }
    for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    for client in clients { #expect(try client.readResponse().text == "ok") }
  }

  @Test("Retries are budgeted: a cohort whose connections always die is not asked twice for everything")
  func budget() throws {
    let legacy = try ScriptedUpstream(Self.diesOnSecond)
    let stage = try Stage(legacy, ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    var statuses: [Int: Int] = [:]
    for _ in 0..<120 { statuses[try client.get().status, default: 0] += 1 }
    #expect(legacy.requests.count < 120 + 20 + 120 / 5 + 5, "\(statuses)")
    #expect(statuses[502, default: 0] > 0, "\(statuses)")
  }
}
