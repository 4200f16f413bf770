import Foundation
import TestSupport
import Testing

@Suite("Each request is a line of the access log", .ownThread)
struct AccessLogTests {
  private static let on = "access_log: { path: access.log }"

  @Test("An ordinary request: who, what, which way and why, by whom, how long, how much")
  func ordinary() throws {
    let stage = try Stage(settings: Self.on)
    let client = try stage.client()
    let request =
      "GET /api/chat?x=1 HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\nX-Request-Id: mine\r\n"
      + "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n"
    _ = try client.ask(request)
    let line = try #require(try stage.proxy.accessLog(of: 1).first)
    #expect(line["request_id"] == "mine")
    #expect(line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(line["client"] == "127.0.0.1")
    #expect(line["method"] == "GET")
    #expect(line["target"] == "/api/chat?x=1")
    #expect(line["http"] == "1.1")
    #expect(line.number("status") == 200)
    #expect(line["termination"] == "completed")
    #expect(line["flag"] == "UNIFIED_CONVERSATION_ENABLED")
    #expect(line["cohort"] == "unified")
    #expect(line["why"] == "allowed")
    #expect(line.number("generation") == 1)
    #expect((0..<100_000).contains(line.number("bucket")))
    #expect(line["user"].utf8.count == 16)
    #expect(line["server"] == "127.0.0.1:\(stage.unified.port)")
    #expect(line.number("attempts") == 1)
    #expect(line.number("retries") == 0)
    #expect(line.number("bytes_in") == Double(request.utf8.count))
    #expect(line.number("bytes_out") > 40)
    let timers = ["head_ms", "queue_ms", "connect_ms", "first_byte_ms", "total_ms"].map { line.number($0) }
    #expect(timers.allSatisfy { $0 >= 0 })
    #expect(timers[4] >= timers[3])
    #expect(timers[3] > 0)
    let time = try Date(line["time"], strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    #expect(abs(time.timeIntervalSinceNow) < 10)
    #expect(!line.keys.contains("weight"))
    #expect(!line.keys.contains("reason"))
    #expect(try stage.proxy.metric("turnout_access_log_lines_total") == 1)
  }

  @Test(
    "The ids that the proxy makes are those that the server sees, and the same user is the same hash after a restart")
  func identities() throws {
    let stage = try Stage(settings: Self.on)
    _ = try stage.client().get(user: "alice")
    let request = try stage.legacy.onlyRequest()
    let line = try #require(try stage.proxy.accessLog(of: 1).first)
    #expect([line["request_id"]] == request["X-Request-Id"])
    #expect(request["traceparent"].first?.hasPrefix("00-\(line["trace_id"])-") == true)
    stage.proxy.terminate()
    #expect(stage.proxy.exitStatus() == .exited(0))
    let again = try ProxyProcess(in: stage.proxy.folder)
    _ = try again.client().get(user: "alice")
    _ = try again.client().get(user: "bob")
    let lines = try again.accessLog(of: 3)
    #expect(lines.map { $0["user"] } == [line["user"], line["user"], lines[2]["user"]])
    #expect(lines[2]["user"] != line["user"])
    let attributes = try FileManager.default.attributesOfItem(atPath: again.folder.file("turnout.state/access-log.key"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("What has no cohort is there as well: heads that break rules or do not come whole, requests answered at once")
  func withoutCohort() throws {
    let stage = try Stage(
      settings: Self.on + "\ntimeouts: { request_head: 200ms }\nlimits: { request_body_bytes: 10 }")
    let requests = [
      ("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /half HTTP/1.1\r\nHos", 408),
      ("POST /big HTTP/1.1\r\nHost: a\r\nX-Request-Id: big\r\nContent-Length: 11\r\n\r\n", 413),
      ("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 200),
    ]
    for (number, (request, status)) in requests.enumerated() {
      #expect(try stage.client().ask(request).status == status)
      #expect(try stage.proxy.accessLog(of: number + 1).count == number + 1)
    }
    let lines = try stage.proxy.accessLog()
    #expect(lines.map { $0.number("status") } == [400, 408, 413, 200])
    #expect(
      lines.map { $0["reason"] } == ["control_character", "head_timeout", "body_too_large", "options_at_last_hop"])
    #expect(lines.map { $0["line"] } == ["GET /\u{1} HTTP/1.1", "GET /half HTTP/1.1", "", ""])
    #expect(lines.map { $0["target"] } == ["", "", "/big", "*"])
    #expect(lines[2]["request_id"] == "big")
    #expect(lines[1].number("head_ms") >= 200)
    #expect(
      lines.allSatisfy { $0["cohort"].isEmpty && $0["termination"] == "completed" && $0["client"] == "127.0.0.1" })
  }

  @Test("How it ended: a client that went away, a server that broke off, one that refuses, a kill")
  func terminations() throws {
    let gate = Gate()
    let legacy = try ScriptedUpstream(
      [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .wait(gate), .reset])
    let stage = try Stage(
      legacy, try ScriptedUpstream([.request, .stall]), settings: Self.on + "\nkill_grace: 1ms")
    let cut = try stage.client()
    try cut.send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try cut.read(20)
    gate.open()
    #expect(try stage.proxy.accessLog(of: 1).count == 1)
    let gone = try stage.client()
    try gone.send("GET /gone HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n")
    #expect(eventually { stage.unified.requests.count == 1 })
    gone.resetNow()
    #expect(try stage.proxy.accessLog(of: 2).count == 2)
    let killed = try stage.client()
    try killed.send("GET /killed HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\n\r\n")
    #expect(eventually { stage.unified.requests.count == 2 })
    try stage.proxy.setFlags(#"{ "UNIFIED_CONVERSATION_ENABLED": { "enabled": false, "percentage": 100 } }"#)
    #expect(try killed.readResponse().status == 503)
    #expect(try stage.proxy.accessLog(of: 3).count == 3)
    legacy.stop()
    pause(.milliseconds(100))
    #expect(try stage.client().get("/refused").status == 503)
    let lines = try stage.proxy.accessLog(of: 4)
    #expect(lines.map { $0["target"] } == ["/cut", "/gone", "/killed", "/refused"])
    #expect(lines.map { $0["termination"] } == ["upstream_reset", "client_gone", "killed", "completed"])
    #expect(lines.map { $0["reason"] } == ["", "", "killed", "connect_refused"])
    #expect(lines.map { $0.number("status") } == [200, 0, 503, 503])
    #expect(lines.map { $0["cohort"] } == ["legacy", "unified", "unified", "legacy"])
  }

  @Test("Requests of one connection, sent at once, are a line each, in order")
  func pipelined() throws {
    let stage = try Stage(settings: Self.on)
    let client = try stage.client()
    try client.send((0..<40).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    for _ in 0..<40 { _ = try client.readResponse() }
    #expect(try stage.proxy.accessLog(of: 40).map { $0["target"] } == (0..<40).map { "/\($0)" })
  }

  @Test("The combined format is Apache's", arguments: [("raw", "uma"), ("none", "-")])
  func combined(user: String, shown: String) throws {
    let stage = try Stage(settings: "access_log: { path: access.log, format: combined, user: \(user) }")
    _ = try stage.client().ask(
      "GET /a?\"b HTTP/1.1\r\nHost: a\r\nX-User-Id: uma\r\nReferer: https://b/\r\nUser-Agent: test \"1\"\r\n\r\n")
    #expect(eventually { stage.proxy.folder.text("access.log").hasSuffix("\n") })
    let line = stage.proxy.folder.text("access.log")
    let pattern = #/127\.0\.0\.1 - (\S+) \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "(.*)" 200 7 "(.*)" "(.*)"\n/#
    let match = try #require(try pattern.wholeMatch(in: line), "\(line)")
    #expect(match.1 == shown)
    #expect(match.2 == #"GET /a?\x22b HTTP/1.1"#)
    #expect(match.3 == "https://b/")
    #expect(match.4 == #"test \x221\x22"#)
  }

  @Test("With no successes wanted, there are only the others; with a share, lines say what they stand for")
  func sampling() throws {
    let stage = try Stage(
      unified: .answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
      settings: "access_log: { path: access.log, sample: 0 }")
    let client = try stage.client()
    for _ in 0..<50 { _ = try client.get() }
    _ = try client.get(user: "uma")
    #expect(try stage.proxy.accessLog(of: 1).map { $0.number("status") } == [404])
    let half = try Stage(settings: "access_log: { path: access.log, sample: 0.5 }")
    let other = try half.client()
    for _ in 0..<100 { _ = try other.get() }
    half.proxy.terminate()
    #expect(half.proxy.exitStatus() == .exited(0))
    let lines = try half.proxy.accessLog()
    // Outside of 10 to 90 one run in 10^17.
    #expect((10...90).contains(lines.count))
    #expect(lines.allSatisfy { $0.number("weight") == 2 })
  }

  @Test("Standard output takes the lines as well, a pipe or a file")
  func standardOutput() throws {
    let stage = try Stage(settings: "access_log: { path: stdout }")
    for number in 0..<3 { _ = try stage.client().get("/\(number)") }
    #expect(
      eventually {
        stage.proxy.log.split(separator: "\n").compactMap { AccessLine($0)?["target"] } == ["/0", "/1", "/2"]
      })
    stage.proxy.send(SIGHUP)
    #expect(eventually { stage.proxy.log.contains("SIGHUP: there is no access log file") })
    #expect(try stage.client().get().status == 200)
  }

  @Test("A key that others can read, or that is none, stops the start")
  func badKey() throws {
    let stage = try Stage(settings: Self.on)
    let folder = stage.proxy.folder
    stage.proxy.terminate()
    #expect(stage.proxy.exitStatus() == .exited(0))
    let key = folder.file("turnout.state/access-log.key")
    chmod(key, 0o644)
    var error = #expect(throws: SetupError.self) { try ProxyProcess(in: folder) }
    #expect(error?.description.contains("run chmod 600") == true)
    try "short\n".write(toFile: key, atomically: false, encoding: .utf8)
    chmod(key, 0o600)
    error = #expect(throws: SetupError.self) { try ProxyProcess(in: folder) }
    #expect(error?.description.contains("expected 32 hexadecimal digits") == true)
  }

  @Test("A path that cannot be opened stops the start, and says which key it is")
  func unopenable() throws {
    let error = #expect(throws: SetupError.self) { try Stage(settings: "access_log: { path: no/folder/log }") }
    #expect(
      error?.description.contains(
        "the access log cannot be opened: no/folder/log: No such file or directory. See access_log.path") == true)
  }
}
