import TestSupport
import Testing

@Suite("Hostile peers cost little and break nothing", .ownThread)
struct HostilePeerTests {
  @Test("Hundreds of connections that send half a head, or nothing, do not slow others")
  func halfOpen() throws {
    let stage = try Stage()
    let client = try stage.client()
    _ = try client.get()
    let before = stage.proxy.residentKiB
    let idle = try (0..<300).map { number in
      let connection = try stage.client()
      if number % 2 == 0 { try connection.send("GET / HTTP/1.1\r\nX: ") }
      return connection
    }
    let start = ContinuousClock.now
    for _ in 0..<20 { #expect(try client.get().status == 200) }
    #expect(ContinuousClock.now - start < .seconds(2))
    // A half head holds a buffer of 32 KiB; nothing else may be held.
    #expect(stage.proxy.residentKiB - before < 150 * 40 + 2_048)
    #expect(try idle[1].get().status == 200)
  }

  @Test("When connections run out the next one waits, and is served when there is room")
  func connectionLimit() throws {
    let stage = try Stage(settings: "limits: { client_connections: 16 }")
    var clients = try (0..<16).map { _ in try stage.client() }
    for client in clients { _ = try client.get() }
    let late = try stage.client()
    try late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(late.readDuring(0.3).isEmpty)
    clients.removeLast(8)
    #expect(try late.readResponse().status == 200)
    let another = try stage.client()
    #expect(try another.get().status == 200)
  }

  @Test("Accepting goes on after a pause although others keep the proxy busy")
  func acceptsUnderLoad() throws {
    let stage = try Stage(settings: "limits: { client_connections: 16 }")
    var clients = try (0..<14).map { _ in try stage.client() }
    for client in clients { _ = try client.get() }
    let load = Load(stage.proxy.port, users: ["lena"], connections: 2)
    pause(.milliseconds(100))
    let late = try stage.client()
    try late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    pause(.milliseconds(200))
    clients = []
    #expect(try late.readResponse().status == 200)
    #expect(load.stop().broken == 0)
  }

  @Test(
    "Requests with bytes changed at random are answered or refused; the proxy lives",
    arguments: [UInt64.random(in: 0...UInt64.max)])
  func mutatedRequests(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let stage = try Stage(settings: "timeouts: { request_head: 50ms, request_body_idle: 50ms, linger: 50ms }")
    let request = Array(
      "POST /a?b HTTP/1.1\r\nHost: a\r\nX-User-Id: lena\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"
        .utf8)
    for _ in 0..<150 {
      let client = try stage.client()
      try client.send(bytes: random.mutated(request))
      client.shutdownSending()
      client.patience = 2
      #expect(client.readToEnd().end != .silent)
    }
    #expect(try stage.client().get().status == 200)
  }

  @Test(
    "Answers with bytes changed at random harm nobody; the proxy lives", arguments: [UInt64.random(in: 0...UInt64.max)])
  func mutatedAnswers(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let answer = Array(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nConnection: X-A\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"
        .utf8)
    let script = (0..<150).flatMap { _ in [UpstreamStep.request, .sendBytes(random.mutated(answer)), .close] }
    let scripts = stride(from: 0, to: script.count, by: 3).map { Array(script[$0..<$0 + 3]) }
    let stage = try Stage(ScriptedUpstream(scripts: scripts), ScriptedUpstream(.saying("unified")))
    for _ in 0..<150 {
      let client = try stage.client()
      try client.send("GET / HTTP/1.0\r\n\r\n")
      client.patience = 2
      #expect(client.readToEnd().end != .silent)
    }
    #expect(try stage.client().get(user: "uma").text == "unified")
  }

  @Test("Every user gets answers of their own, whatever others do to their connections")
  func noMixUp() throws {
    let nginx = try Nginx("legacy")
    let servers = "{ servers: [\"http://127.0.0.1:\(nginx.port)\"] }"
    let proxy = try ProxyProcess("cohorts: { legacy: \(servers), unified: \(servers) }")
    var random = SeededGenerator(seed: 1)
    for round in 0..<120 {
      let clients = try (0..<4).map { _ in try proxy.client() }
      for (number, client) in clients.enumerated() {
        for part in 0..<2 {
          try client.send("GET /user HTTP/1.1\r\nHost: a\r\nX-User-Id: \(round)-\(number)-\(part)\r\n\r\n")
        }
      }
      let victim = Int.random(in: 0..<4, using: &random)
      clients[victim].resetNow()
      for (number, client) in clients.enumerated() where number != victim {
        for part in 0..<2 { #expect(try client.readResponse().text == "\(round)-\(number)-\(part)") }
      }
    }
  }
}
