import Flags
import Foundation
import TestSupport
import Testing

@Suite("turnout validate", .ownThread)
struct ValidateTests {
  private static let quick = ["--requests", "40", "--concurrency", "4", "--p95", "5s"]

  private static func command(_ cohort: String) throws -> String {
    "\(try ProxyProcess.binary()) sample \(cohort) --listen 127.0.0.1:{port} --redis {redis} >/dev/null 2>&1"
  }

  @Test(
    "passes on a system that is right, answers each line of section 5, and leaves no key", arguments: ["on", "off"])
  func right(adaptive: String) throws {
    let environment = ["CONTEXT_TTL_ADAPTIVE": adaptive]
    let stage = try RehearsalStage(environment: environment)
    let (report, status) = try stage.run(
      "validate", Self.quick + ["--upstream-command", Self.command("unified")], environment: environment)
    #expect(status == .exited(0), "\(report.checks)")
    #expect(
      report.names("pass") == [
        "new conversation", "continues", "history persists", "admin assistant", "several steps", "TTL is refreshed",
        "p95 of unified", "p95 of legacy", "error rate", "Redis memory", "Redis away", "TTL has expired",
        "over 10 messages", "50 at once", "no trace left",
      ], "\(report.checks)")
    #expect(report.names("not asked") == ["MySQL queries"])
    #expect(report.checks.map(\.section).filter { $0 == "5.1" }.count == 6)
    #expect(report.checks.map(\.section).filter { $0 == "5.2" }.count == 5)
    #expect(report.checks.map(\.section).filter { $0 == "5.3" }.count == 4)
    #expect(report["error rate"].found == "unified 0 of 40, legacy 0 of 40 failed")
    #expect(report["50 at once"].found == "55 responses, 110 messages counted, none lost")
    #expect(report["Redis away"].found.hasPrefix("6 responses without Redis"))
    #expect(try stage.keys == [])
  }

  @Test("passes on the legacy path as well, and at 100 % without anybody to compare with")
  func paths() throws {
    let stage = try RehearsalStage()
    let (legacy, status) = try stage.run("validate", Self.quick + ["--cohort", "legacy"])
    #expect(status == .exited(0), "\(legacy.checks)")
    #expect(legacy["Redis away"].outcome == "not asked")
    #expect(legacy["Redis away"].advice?.contains("--degraded-url") == true)

    let full = try RehearsalStage(percentage: "100")
    let (report, second) = try full.run("validate", Self.quick)
    #expect(second == .exited(0), "\(report.checks)")
    #expect(report["p95 of legacy"].outcome == "not asked")
    #expect(report["error rate"].found == "unified 0 of 40 failed")
    #expect(try full.keys == [])
  }

  @Test("finds answers that are too slow, and says how slow")
  func slow() throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    let steps: [UpstreamStep] = [.request, .pause(0.03), .send(answer), .again]
    let stage = try RehearsalStage(unified: ScriptedUpstream(steps))
    let (report, status) = try stage.run(
      "validate", ["--requests", "20", "--concurrency", "4", "--p95", "20ms"])
    #expect(status == .exited(12))
    RehearsalStage.expectFailed(
      report["p95 of unified"], "not below 20 ms", "of 20 requests, 4 at a time", "round trip")
    RehearsalStage.expectFailed(report["new conversation"], ":current is not in Redis")
    #expect(report["error rate"].outcome == "pass")
  }

  @Test("finds answers that fail, counts them, and does not insist")
  func failing() throws {
    let answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"
    let stage = try RehearsalStage(unified: ScriptedUpstream(.answering(answer)))
    let (report, status) = try stage.run("validate", ["--requests", "60", "--concurrency", "2"])
    #expect(status == .exited(12))
    RehearsalStage.expectFailed(report["p95 of unified"], "got status 500 from unified: oops")
    // Ten in a row of each thread.
    RehearsalStage.expectFailed(report["error rate"], "unified 20 of 20, legacy 0 of ", "oops")
    RehearsalStage.expectFailed(report["50 at once"], "concurrent messages failed", "500")
  }

  @Test("finds a history that is not cut, messages that are lost, a TTL that is not refreshed")
  func careless() throws {
    let redis = try RedisServer()
    func report(_ mistake: CarelessApplication.Mistake) throws -> RehearsalStage.Report {
      let stage = try RehearsalStage(unified: CarelessApplication(mistake, redis), redis: redis)
      let steps = stage.proxy.folder.file("steps")
      try "# a dialogue\nhello => know 1\nagain => KNOW 2\n".write(toFile: steps, atomically: true, encoding: .utf8)
      let (report, status) = try stage.run("validate", Self.quick + ["--steps", steps])
      #expect(status == .exited(12))
      #expect(try stage.keys == [])
      return report
    }
    let uncut = try report(.neverCuts)
    RehearsalStage.expectFailed(uncut["over 10 messages"], "has 12 messages", "last 10")
    #expect(uncut["several steps"].outcome == "warn", "the state never changes: \(uncut.checks)")
    #expect(uncut["new conversation"].outcome == "pass")
    #expect(uncut["TTL has expired"].outcome == "pass")

    let losing = try report(.losesSome)
    RehearsalStage.expectFailed(losing["50 at once"], "are lost", "in one atomic step")
    #expect(losing["over 10 messages"].outcome == "pass")

    let stale = try report(.neverRefreshes)
    RehearsalStage.expectFailed(stale["TTL is refreshed"], "s, not in 1800 s", "refresh")
    #expect(stale["continues"].outcome == "pass")

    let anew = try report(.beginsAnew)
    RehearsalStage.expectFailed(anew["continues"], "a later message began another conversation")
  }

  @Test("finds a dialogue that is answered otherwise, and says how to describe it")
  func dialogue() throws {
    let stage = try RehearsalStage()
    let steps = stage.proxy.folder.file("steps")
    try "hello => a bicycle".write(toFile: steps, atomically: true, encoding: .utf8)
    let (report, _) = try stage.run("validate", Self.quick + ["--steps", steps])
    RehearsalStage.expectFailed(report["several steps"], "step 1 of 1, \"hello\": no \"a bicycle\"", "--steps")
  }

  @Test("finds that Redis is away or the proxy, and an instance that is not degraded as it should be")
  func away() throws {
    let stage = try RehearsalStage()
    let sample = try SampleProcess(.unified, ["--redis", stage.redis.address()])
    let (own, _) = try stage.run(
      "validate", Self.quick + ["--degraded-url", "http://127.0.0.1:\(sample.port)"])
    RehearsalStage.expectFailed(own["Redis away"], "has its Redis", "REDIS_URL")
    let (ended, _) = try stage.run("validate", Self.quick + ["--upstream-command", "exit 3"])
    RehearsalStage.expectFailed(ended["Redis away"], "has exited")
    let broken = try ScriptedUpstream(.answering("HTTP/1.1 503 Gone\r\nContent-Length: 0\r\n\r\n"))
    let (fails, _) = try stage.run("validate", Self.quick + ["--degraded-url", "http://127.0.0.1:\(broken.port)"])
    RehearsalStage.expectFailed(fails["Redis away"], "without Redis: message 1 got status 503", "without history")

    stage.proxy.crash()
    let (report, _) = try stage.run("validate", Self.quick)
    RehearsalStage.expectFailed(report["new conversation"], "is unreachable", "turnout serve")
    stage.redis.kill()
    let (second, status) = try stage.run("validate", Self.quick)
    #expect(status == .exited(12))
    RehearsalStage.expectFailed(second["new conversation"], "cannot connect")
  }

  @Test("counts the statements of MySQL for each request, its own not")
  func mysql() throws {
    let mysql = try MariaDBServer()
    let stage = try RehearsalStage()
    let (report, status) = try stage.run("validate", Self.quick + ["--mysql", mysql.address()])
    #expect(status == .exited(0), "\(report.checks)")
    // The client that waited for the server may end a moment later: one statement on twenty requests.
    let found = report["MySQL queries"].found
    #expect(found.wholeMatch(of: /per request: legacy 0\.0\d, unified 0\.0\d/) != nil, "\(found)")
    mysql.kill()
    let (away, _) = try stage.run("validate", Self.quick + ["--mysql", mysql.address()])
    RehearsalStage.expectFailed(away["p95 of unified"], "cannot connect to mysql://")
  }

  @Test("refuses what makes no sense")
  func usage() throws {
    let stage = try RehearsalStage()
    let wrong = [
      ["--requests", "0"], ["--concurrency", "1000"], ["--mysql", "http://x"], ["--cohort", "both"],
      ["--degraded-url", "x"], ["--degraded-url", "http://x", "--upstream-command", "y"],
    ]
    for arguments in wrong {
      let (output, status) = try stage.proxy.command(["validate", "--proxy", "http://127.0.0.1:1"] + arguments)
      #expect(status == .exited(64), "\(arguments): \(output)")
      #expect(output.contains(arguments[0]), "\(arguments): \(output)")
    }
    let (output, status) = try stage.proxy.command(
      "validate", "--proxy", "http://127.0.0.1:1", "--steps", "nowhere")
    #expect(status == .exited(78), "\(output)")
    #expect(output.contains("nowhere"), "\(output)")
  }
}
