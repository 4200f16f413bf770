import RedisServer
import Testing

@Suite("A kill ends what is under way to unified, and nothing else", .ownThread)
struct KillTests {
  private static let hard = #"{"enabled": false, "hard": true, "percentage": 50}"#
  private static let soft = #"{"enabled": false, "percentage": 50}"#
  private static let open = #"{"percentage": 50, "allow": ["uma"], "deny": ["lena"]}"#

  private static let stream: [UpstreamStep] = [
    .request, .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"), .stall,
  ]
  private static let killed = "turnout_requests_killed_total"
  private static let ownAnswer = "turnout_own_answers_total{status=\"503\",reason=\"killed\"}"

  /// "uma" is in unified, "lena" in legacy; everyone's answer is a stream that goes on, unless told otherwise.
  private func stage(
    unified: [UpstreamStep] = stream, settings: String = "", workers: Int = 1
  ) throws -> RedisStage {
    try RedisStage(
      value: Self.open, legacy: ScriptedUpstream(Self.stream), unified: ScriptedUpstream(unified), settings: settings,
      workers: workers)
  }

  private func openStream(_ stage: RedisStage, _ user: String) throws -> WireConnection {
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: \(user)\r\n\r\n")
    guard try client.readHead()?.status == 200 else { throw HarnessError("no stream") }
    _ = try client.read(9)
    return client
  }

  private func isOpen(_ client: WireConnection, for seconds: Double = 0.2) -> Bool {
    client.end(within: seconds) == .silent
  }

  @Test("Hard: streams of unified are cut at once with their connections, those of legacy live on", arguments: [1, 2])
  func hardKill(_ workers: Int) throws {
    let stage = try stage(workers: workers)
    let unified = try (0..<6).map { _ in try openStream(stage, "uma") }
    let legacy = try (0..<3).map { _ in try openStream(stage, "lena") }
    try stage.set(Self.hard)
    for client in unified { #expect(client.end(within: 1) == .reset) }
    for client in legacy { #expect(isOpen(client)) }
    #expect(try stage.proxy.metric(Self.killed) == 6)
    #expect(try stage.proxy.metric(Self.ownAnswer) == 0)
    let next = try openStream(stage, "uma")
    #expect(isOpen(next) && stage.legacy.requests.count == 4)
  }

  @Test("Hard, while other clients ask all the time: none of them notices more than the other cohort")
  func hardKillUnderLoad() throws {
    // The first connection of each has the stream.
    let stage = try RedisStage(
      value: Self.open, legacy: ScriptedUpstream(Self.stream, .saying("legacy")),
      unified: ScriptedUpstream(Self.stream, .saying("unified")), workers: 2)
    let (unified, legacy) = (try openStream(stage, "uma"), try openStream(stage, "lena"))
    let load = try SteadyLoad(stage.proxy.port)
    load.expectEither()
    // Requests are under way to unified too, which a hard kill ends: here it comes when there are none.
    try stage.set(Self.soft)
    try stage.expect(50, enabled: false)
    load.expectAll(in: "legacy")
    try stage.set(Self.hard)
    #expect(unified.end(within: 1) == .reset)
    #expect(isOpen(legacy))
    pause(0.3)
    stage.expectUnharmed(load)
  }

  @Test("Hard: whoever has no answer yet gets 503 and may go on, an unfinished upload too")
  func unanswered() throws {
    let stage = try stage(unified: [.head, .stall])
    let (waiting, uploading) = (try stage.client(), try stage.client())
    let head = "HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n"
    try waiting.send("GET / \(head)\r\n")
    try uploading.send("POST / \(head)Content-Length: 9\r\n\r\nhalf")
    #expect(eventually { stage.unified.requests.count == 2 })
    try stage.set(Self.hard)
    for (client, connection) in [(waiting, [String]()), (uploading, ["close"])] {
      client.patience = 1
      let answer = try client.readAnswer()
      #expect(answer.status == 503 && answer.text.contains("switched off"))
      #expect(answer.head["Connection"] == connection && answer.head["X-Turnout-Cohort"] == ["unified"])
    }
    #expect(try stage.proxy.metric(Self.killed) == 2)
    #expect(try stage.proxy.metric(Self.ownAnswer) == 2)
    try waiting.send("GET / \(head)\r\n")
    #expect(try waiting.readHead()?["X-Turnout-Cohort"] == ["legacy"])
  }

  @Test("Hard: a request that waits for a connection to unified is answered too")
  func queued() throws {
    let stage = try stage(
      unified: [.head, .stall], settings: "limits: { server_connections: 1 }\ntimeouts: { queue: 30s }")
    let clients = [try stage.client(), try stage.client()]
    for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n") }
    #expect(eventually { stage.unified.requests.count == 1 })
    try stage.set(Self.hard)
    for client in clients {
      client.patience = 1
      #expect(try client.readAnswer().status == 503)
    }
    #expect(stage.unified.requests.count == 1)
  }

  @Test("Without hard, what is under way goes on to its end")
  func soft() throws {
    let gate = Gate()
    let stage = try stage(
      unified: [
        .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\ndata: 1\n\n"), .wait(gate), .send("ok"), .stall,
      ])
    let client = try openStream(stage, "uma")
    try stage.set(Self.soft)
    try stage.expect(50, enabled: false)
    #expect(isOpen(client, for: 0.5))
    gate.open()
    #expect(try client.read(2) == Array("ok".utf8))
    #expect(try stage.proxy.metric(Self.killed) == 0)
  }

  @Test("With a grace it ends after that, without any traffic", arguments: [1, 2])
  func grace(_ workers: Int) throws {
    let stage = try stage(settings: "kill_grace: 1s", workers: workers)
    let (unified, legacy) = (try openStream(stage, "uma"), try openStream(stage, "lena"))
    let start = ContinuousClock.now
    try stage.set(Self.soft)
    #expect(unified.end(within: 5) == .reset)
    let time = ContinuousClock.now - start
    #expect(time > .milliseconds(950) && time < .seconds(2), "\(time)")
    #expect(isOpen(legacy))
    #expect(try stage.proxy.metric(Self.killed) == 1)
  }

  @Test("A flag that is back within the grace ends nothing; a kill after that has a grace of its own")
  func restored() throws {
    let stage = try stage(settings: "kill_grace: 1s")
    let client = try openStream(stage, "uma")
    try stage.set(Self.soft)
    try stage.expect(50, enabled: false)
    pause(0.5)
    try stage.set(Self.open)
    #expect(isOpen(client, for: 1.5))
    try stage.set(Self.soft)
    #expect(isOpen(client, for: 0.5))
    #expect(client.end(within: 2) == .reset)
  }

  @Test("A hard kill within the grace ends it at once")
  func harder() throws {
    let stage = try stage(settings: "kill_grace: 30s")
    let client = try openStream(stage, "uma")
    try stage.set(Self.soft)
    try stage.expect(50, enabled: false)
    #expect(isOpen(client))
    try stage.set(Self.hard)
    #expect(client.end(within: 1) == .reset)
  }
}
