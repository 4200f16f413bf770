import Foundation
import TestSupport
import Testing

@Suite("turnout preflight and inspect")
struct PreflightTests {
  private struct Checks: Decodable {
    struct Entry: Decodable {
      var name: String
      var outcome: String
      var found: String
      var advice: String?
    }

    var passed: Bool
    var checks: [Entry]

    func entry(_ name: String) throws -> Entry { try #require(checks.first { $0.name == name }) }
  }

  private func preflight(_ stage: RedisStage, _ more: [String]) throws -> (Checks, Program.ExitStatus?) {
    let place = stage.server.address()
    let (text, status) = try stage.proxy.command(["preflight", "--json", "--redis", place, "--flags", place] + more)
    do { return (try JSONDecoder().decode(Checks.self, from: Data(text.utf8)), status) } catch {
      throw SetupError("\(error): \(text)")
    }
  }

  @Test("pass with a proxy under load, a real Prometheus with the rules, and no proxy notices")
  func wholeRun() throws {
    let server = try RedisServer()
    let stage = try RedisStage(server, value: "10", settings: "contexts: { redis: \"\(server.address())\" }")
    try server.cli("SET", "chat:customer:42", #"{"messages":[{"content":"hello"}]}"#, "EX", "1000")
    let prometheus = try Prometheus(scraping: stage.proxy.adminPort)
    for user in 0..<120 {
      _ = try stage.client().ask("GET /api/chat HTTP/1.1\r\nHost: a\r\nX-User-Id: \(user)\r\n\r\n")
    }
    try eventually(within: .seconds(20)) { try prometheus.values("up{job=\"turnout\"}") == [1] }
    let before = try stage.proxy.metric("turnout_flag_generation")
    let folder = stage.proxy.folder.file("backups")
    let (found, status) = try preflight(
      stage, ["--backups", folder, "--prometheus", "http://127.0.0.1:\(prometheus.port)"])
    #expect(found.passed, "\(found)")
    #expect(status == .exited(0), "\(found)")
    #expect(try found.entry("Prometheus").outcome == "pass", "\(found)")
    #expect(try found.entry("Metrics").outcome == "pass", "\(found)")
    #expect(try found.entry("MySQL dump").outcome == "not asked")
    #expect(try found.entry("Grafana").outcome == "not asked")
    #expect(try found.entry("Rollback drill").found.contains("proxy still at generation \(before)"), "\(found)")
    #expect(try stage.proxy.metric("turnout_flag_generation") == before)
    #expect(try found.entry("Baseline").outcome == "pass", "\(found)")
    #expect(try found.entry("Flag").advice?.contains("Users already go to unified") == true, "\(found)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)

    try expectInspected(stage)
    try expectCrossed(stage)
  }

  @Test("warn of a proxy that decides by another percentage, and keep the baseline of day 0")
  func dayZero() throws {
    let stage = try RedisStage(value: "0")
    let first = try preflight(stage, []).0
    #expect(try first.entry("Flag").outcome == "pass", "\(first)")
    #expect(try first.entry("Messages").outcome == "not asked", "\(first)")
    try stage.set("30")
    try eventually(within: .seconds(10)) { try preflight(stage, []).0.entry("Flag").found.contains(": 30 %") }
    let elsewhere = stage.proxy.folder.file("other.json")
    try #"{ "UNIFIED_CONVERSATION_ENABLED": 0 }"#.write(toFile: elsewhere, atomically: true, encoding: .utf8)
    let (found, _) = try preflight(stage, ["--flags", elsewhere, "--messages", stage.proxy.folder.file("none")])
    let flag = try found.entry("Flag")
    #expect(flag.outcome == "warn", "\(flag)")
    #expect(flag.found.contains("has 30 % in force, the store says 0 %"), "\(flag)")
    #expect(try found.entry("Messages").found.contains("No such file"), "\(found)")
    #expect(try found.entry("Baseline").found.contains("the baseline remains that of day 0"), "\(found)")
    #expect(try inspect(stage).output.contains("(day 0)"))
    #expect(try !inspect(stage, "--baseline", "newest").output.contains("(day 0)"))
    let (chosen, _) = try preflight(stage, ["--new-baseline"])
    #expect(try !chosen.entry("Baseline").found.contains("the baseline remains"), "\(chosen)")
    #expect(try !inspect(stage).output.contains("(day 0)"))
  }

  private func inspect(_ stage: RedisStage, _ more: String...) throws -> (
    output: String, status: Program.ExitStatus?
  ) {
    let place = stage.server.address()
    return try stage.proxy.command(["inspect", "--redis", place, "--flags", place] + more)
  }

  private func expectInspected(_ stage: RedisStage) throws {
    let (text, status) = try inspect(stage)
    #expect(status == .exited(0), "\(text)")
    for words in ["legacy customer", "chat:customer:4***", "hello", "memory           holds", "at 10.0 %"] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(try inspect(stage, "--show-users").output.contains("chat:customer:42"))
  }

  /// 2 MiB more than there were.
  private func expectCrossed(_ stage: RedisStage) throws {
    try stage.server.cli("SETRANGE", "chat:customer:large", "4000000", "x")
    let (text, status) = try inspect(stage, "--json")
    #expect(status == .exited(12), "\(text)")
    #expect(text.contains(#""crossed" : true"#), "\(text)")
    #expect(text.contains("memory is +"), "\(text)")
  }

  @Test("fail with a line of what to do for every service that is dead")
  func dead() throws {
    let stage = try RedisStage()
    let port = try FreePort.take()
    let place = "127.0.0.1:\(port)"
    let (found, status) = try preflight(
      stage,
      [
        "--redis", "redis://\(place)", "--flags", "redis://\(place)", "--prometheus", "http://\(place)", "--grafana",
        "http://\(place)", "--mysql", "mysql://root@\(place)/shop", "--messages", "mysql://root@\(place)/shop",
        "--backups", stage.proxy.folder.file("backups"),
      ])
    #expect(!found.passed)
    #expect(status == .exited(12))
    let failed = found.checks.filter { $0.outcome == "fail" }
    #expect(failed.count == found.checks.count - 1, "\(found)")
    #expect(failed.allSatisfy { $0.advice?.isEmpty == false }, "\(found)")
    #expect(try found.entry("Metrics").outcome != "fail")
  }

  @Test("say at Ctrl-C which check was under way", arguments: [SIGINT, SIGTERM])
  func interrupted(by signal: Int32) throws {
    let stage = try RedisStage()
    let redis = stage.server.address()
    let folder = stage.proxy.folder
    // So few keys a second that the walk over them, which the second check makes, takes for ever.
    try stage.server.cli(
      "EVAL", "for i = 1, 5000 do redis.call('SET', 'chat:customer:' .. i, '{}', 'EX', 900) end", "0")
    let process = try Program(
      ProxyProcess.binary(),
      [
        "preflight", "--redis", redis, "--flags", redis, "--limit-rate", "1", "--admin",
        "127.0.0.1:\(stage.proxy.adminPort)",
      ],
      in: folder.path, log: folder.file("log"))
    #expect(eventually(within: .seconds(20)) { folder.text("log").contains("primary") }, "\(folder.text("log"))")
    usleep(200_000)
    process.send(signal)
    #expect(process.wait() == .exited(128 + signal))
    let said = folder.text("log")
    #expect(said.hasSuffix("Interrupted. The check under way was: Redis memory.\n"), "\(said)")
  }

  @Test("ask for a folder before a dump, and for a good address")
  func usage() throws {
    let stage = try RedisStage()
    #expect(try stage.proxy.command("preflight", "--mysql", "mysql://root@127.0.0.1/shop").status == .exited(64))
    let (text, status) = try stage.proxy.command("preflight", "--prometheus", "https://prom-1")
    #expect(status == .exited(64), "\(text)")
    #expect(text.contains("encrypted"), "\(text)")
  }
}
