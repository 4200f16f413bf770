import TestSupport
import Testing

@Suite("A kill ends what is under way to unified, and nothing else", .ownThread)
struct KillTests {
  private static let ownAnswer = "turnout_local_responses_total{status=\"503\",reason=\"killed\"}"

  @Test("Hard: streams of unified are cut at once with their connections, those of legacy live on", arguments: [1, 2])
  func hardKill(_ workers: Int) throws {
    let stage = try RedisStage.ofStreams(workers: workers)
    let unified = try (0..<6).map { _ in try stage.openStream("uma") }
    let legacy = try (0..<3).map { _ in try stage.openStream("lena") }
    try stage.set(RedisStage.hard)
    for client in unified { #expect(client.end(within: 1) == .reset) }
    for client in legacy { #expect(client.isStillOpen()) }
    #expect(try stage.proxy.metric(RedisStage.killed) == 6)
    #expect(try stage.proxy.metric(Self.ownAnswer) == 0)
    let next = try stage.openStream("uma")
    #expect(next.isStillOpen())
    #expect(stage.legacy.requests.count == 4)
  }

  @Test("turnout kill --hard does the same by itself, turnout kill does not, and restore brings all back")
  func command() throws {
    let stage = try RedisStage.ofStreams()
    let (unified, legacy) = (try stage.openStream("uma"), try stage.openStream("lena"))
    #expect(try stage.proxy.command("kill", "--reason", "errors").status == .exited(0))
    #expect(unified.isStillOpen())
    #expect(try stage.proxy.command("kill", "--hard", "--reason", "errors").status == .exited(0))
    #expect(unified.end(within: 1) == .reset)
    #expect(legacy.isStillOpen())
    #expect(try stage.proxy.command("restore").status == .exited(0))
    let again = try stage.openStream("uma")
    #expect(again.isStillOpen())
    #expect(stage.unified.requests.count == 2)
  }

  @Test("Hard, while other clients ask all the time: none of them notices more than the other cohort")
  func hardKillUnderLoad() throws {
    // The first connection of each has the stream.
    let stage = try RedisStage(
      value: RedisStage.open, legacy: ScriptedUpstream(RedisStage.stream, .saying("legacy")),
      unified: ScriptedUpstream(RedisStage.stream, .saying("unified")), workers: 2)
    let (unified, legacy) = (try stage.openStream("uma"), try stage.openStream("lena"))
    let load = try SteadyLoad(stage.proxy.port)
    load.expectEither()
    // Requests are under way to unified too, which a hard kill ends: here it comes when there are none.
    try stage.set(RedisStage.soft)
    try stage.expect(50, enabled: false)
    load.expectAll(in: "legacy")
    try stage.set(RedisStage.hard)
    #expect(unified.end(within: 1) == .reset)
    #expect(legacy.isStillOpen())
    pause(.milliseconds(300))
    stage.expectUnharmed(load)
  }

  @Test("Hard: whoever has no answer yet gets 503 and may go on, an unfinished upload too")
  func unanswered() throws {
    let stage = try RedisStage.ofStreams(unified: [.head, .stall])
    let (waiting, uploading) = (try stage.client(), try stage.client())
    let head = "HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n"
    try waiting.send("GET / \(head)\r\n")
    try uploading.send("POST / \(head)Content-Length: 9\r\n\r\nhalf")
    #expect(eventually { stage.unified.requests.count == 2 })
    try stage.set(RedisStage.hard)
    for (client, connection) in [(waiting, [String]()), (uploading, ["close"])] {
      client.patience = 1
      let answer = try client.readResponse()
      #expect(answer.status == 503)
      #expect(answer.text.contains("switched off"))
      #expect(answer.head["Connection"] == connection)
      #expect(answer.head["X-Turnout-Cohort"] == ["unified"])
    }
    #expect(try stage.proxy.metric(RedisStage.killed) == 2)
    #expect(try stage.proxy.metric(Self.ownAnswer) == 2)
    try waiting.send("GET / \(head)\r\n")
    #expect(try waiting.readHead()?["X-Turnout-Cohort"] == ["legacy"])
  }

  @Test("Hard: a request that waits for a connection to unified is answered too")
  func queued() throws {
    let stage = try RedisStage.ofStreams(
      unified: [.head, .stall], settings: "limits: { server_connections: 1 }\ntimeouts: { queue: 30s }")
    let clients = [try stage.client(), try stage.client()]
    for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n") }
    #expect(eventually { stage.unified.requests.count == 1 })
    try stage.set(RedisStage.hard)
    for client in clients {
      client.patience = 1
      #expect(try client.readResponse().status == 503)
    }
    #expect(stage.unified.requests.count == 1)
  }

  @Test("Without hard, what is under way goes on to its end")
  func soft() throws {
    let gate = Gate()
    let stage = try RedisStage.ofStreams(
      unified: [
        .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\ndata: 1\n\n"), .wait(gate), .send("ok"), .stall,
      ])
    let client = try stage.openStream("uma")
    try stage.set(RedisStage.soft)
    try stage.expect(50, enabled: false)
    #expect(client.isStillOpen(for: 0.5))
    gate.open()
    #expect(try client.read(2) == Array("ok".utf8))
    #expect(try stage.proxy.metric(RedisStage.killed) == 0)
  }
}
