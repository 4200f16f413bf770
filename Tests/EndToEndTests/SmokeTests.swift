import Flags
import Foundation
import TestSupport
import Testing

@Suite("turnout smoke", .ownThread)
struct SmokeTests {
  private static let parts = ["", " keys", " TTL"]
  private static let all =
    ["legacy client", "legacy admin", "unified client", "unified admin"].flatMap { name in
      parts.map { name + $0 }
    } + ["no trace left"]

  @Test("passes on a system that is right, names the guide's section, and leaves no key")
  func right() throws {
    let stage = try RehearsalStage()
    try stage.redis.cli("SET", "chat:customer:42", "{}")
    try stage.redis.cli("SET", "conversation:client:turnout-smokestack:current", "x")
    let (report, status) = try stage.run("smoke")
    #expect(status == .exited(0), "\(report.checks)")
    #expect(report.passed, "\(report.checks)")
    #expect(report.checks.map(\.name) == Self.all, "\(report.checks)")
    #expect(report.names("pass") == Self.all, "\(report.checks)")
    #expect(report.checks.allSatisfy { $0.section == "2.3" || $0.section == "1.2" })
    #expect(report["unified client keys"].found.contains("with all 3 messages"))
    #expect(report["unified admin TTL"].found == "all 4 keys expire in 1800 s")
    #expect(report["no trace left"].found == "10 keys of 2 users removed")
    #expect(try stage.keys == ["chat:customer:42", "conversation:client:turnout-smokestack:current"])
  }

  @Test("leaves its keys with --keep, and then does not take these users again")
  func keep() throws {
    let stage = try RehearsalStage()
    #expect(try stage.run("smoke", ["--keep"]).1 == .exited(0))
    let kept = try stage.keys
    #expect(kept.count == 10, "\(kept)")
    let (report, status) = try stage.run("smoke")
    #expect(status == .exited(0), "\(report.checks)")
    #expect(try stage.keys == kept)
  }

  @Test("says as text what is found and what to do, within 80 columns")
  func text() throws {
    let stage = try RehearsalStage(unified: SampleProcess(.unified, ["--memory"]))
    let text = try stage.text("smoke")
    #expect(text.contains("pass  2.3 legacy client"), "\(text)")
    #expect(text.contains("fail  2.3 unified client keys "), "\(text)")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.contains("2 failed, 2 not asked"), "\(text)")
  }

  @Test("finds an application that keeps its contexts elsewhere")
  func memory() throws {
    let stage = try RehearsalStage(unified: SampleProcess(.unified, ["--memory"]))
    let (report, status) = try stage.run("smoke")
    #expect(status == .exited(12))
    #expect(report.names("fail") == ["unified client keys", "unified admin keys"], "\(report.checks)")
    RehearsalStage.expectFailed(report["unified client keys"], ":current is not in Redis", "--redis")
  }

  @Test("finds that a path is served by the application of the other")
  func swapped() throws {
    let redis = try RedisServer()
    let stage = try RehearsalStage(unified: SampleProcess(.legacy, ["--redis", redis.address()]), redis: redis)
    let (report, _) = try stage.run("smoke")
    RehearsalStage.expectFailed(report["unified client keys"], "chat:customer:", "legacy has responded", "cohorts")
    #expect(try stage.keys == [])
  }

  @Test("finds keys that live too short, unevenly, or for ever")
  func lifetimes() throws {
    let short = try RehearsalStage(environment: ["CUSTOMER_CONTEXT_TTL": "60"])
    let (report, status) = try short.run("smoke")
    #expect(status == .exited(12))
    #expect(report.names("fail") == ["legacy client TTL", "unified client TTL"], "\(report.checks)")
    RehearsalStage.expectFailed(report["unified client TTL"], "in 60 s, not in 1800 s", "CUSTOMER_CONTEXT_TTL")

    let redis = try RedisServer()
    let uneven = try RehearsalStage(unified: CarelessApplication(.unevenTTL, redis), redis: redis)
    let (second, _) = try uneven.run("smoke")
    RehearsalStage.expectFailed(second["unified admin TTL"], "different times", "meta 900 s", "in one step")
    #expect(try uneven.keys == [])
  }

  @Test("finds a history that forgets, and parts that are no JSON")
  func contents() throws {
    let redis = try RedisServer()
    let anew = try RehearsalStage(unified: CarelessApplication(.beginsAnew, redis), redis: redis)
    let (report, _) = try anew.run("smoke")
    RehearsalStage.expectFailed(report["unified client keys"], "lacks 2 of 3 messages", "history")
    #expect(try anew.keys == [], "conversations that are no longer current are removed, too")

    let broken = try RehearsalStage(unified: CarelessApplication(.noJSON, redis), redis: redis)
    RehearsalStage.expectFailed(
      try broken.run("smoke").0["unified client keys"], ":history cannot be read", "redis-cli GET")
  }

  @Test("finds an upstream that fails, and one that is too slow")
  func upstreams() throws {
    let failing = try RehearsalStage(
      unified: ScriptedUpstream(.answering("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops")))
    let (report, status) = try failing.run("smoke")
    #expect(status == .exited(12))
    RehearsalStage.expectFailed(report["unified client"], "message 1 got status 500 from unified: oops", "log")
    #expect(report.names("not asked").count == 4, "\(report.checks)")
    #expect(report["legacy client"].outcome == "pass", "\(report.checks)")

    let slow: [UpstreamStep] = [.request, .pause(0.5), .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .again]
    let late = try RehearsalStage(unified: ScriptedUpstream(slow)).run("smoke", ["--timeout", "100ms"]).0
    RehearsalStage.expectFailed(late["unified client"], "no response within 100 ms", "--timeout")
  }

  @Test("finds Redis dead, and the proxy dead")
  func dead() throws {
    let stage = try RehearsalStage()
    stage.redis.kill()
    let (report, status) = try stage.run("smoke")
    #expect(status == .exited(12))
    RehearsalStage.expectFailed(report["legacy client"], "cannot connect to redis://", "refused")

    try stage.redis.restart()
    stage.proxy.crash()
    let (second, _) = try stage.run("smoke")
    RehearsalStage.expectFailed(second["unified client"], "is unreachable: Connection refused", "turnout serve")
  }

  @Test(
    "says which command sends a user to the path that nobody goes to by chance, and passes after it",
    arguments: [("0", "allow", "unified"), ("100", "deny", "legacy")])
  func edges(percentage: String, command: String, cohort: String) throws {
    let stage = try RehearsalStage(percentage: percentage)
    let (report, status) = try stage.run("smoke")
    #expect(status == .exited(12))
    #expect(report.names("fail") == ["\(cohort) client", "\(cohort) admin"], "\(report.checks)")
    RehearsalStage.expectFailed(
      report["\(cohort) client"], "at \(percentage) % the percentage sends nobody to \(cohort)",
      "turnout \(command) turnout-smoke;")
    #expect(try stage.proxy.command(command, "turnout-smoke").status == .exited(0))
    #expect(try stage.run("smoke").1 == .exited(0))

    #expect(try stage.proxy.command(command, "nina").status == .exited(0))
    let (named, _) = try stage.run("smoke", ["--user", "nina"])
    #expect(named["\(cohort) client"].found.contains("for nina"), "\(named.checks)")
  }

  @Test("says that a killed flag sends nobody to unified, and that a proxy decides otherwise than the store")
  func killed() throws {
    let stage = try RehearsalStage()
    #expect(try stage.proxy.command("kill", "--local").status == .exited(0))
    let (local, _) = try stage.run("smoke")
    RehearsalStage.expectFailed(local["unified client"], "served by legacy, not unified", "killed locally")
    #expect(try stage.proxy.command("restore", "--local").status == .exited(0))
    #expect(try stage.proxy.command("kill").status == .exited(0))
    let (report, _) = try stage.run("smoke")
    RehearsalStage.expectFailed(report["unified client"], "killed", "turnout restore")
    #expect(report["legacy admin"].outcome == "pass")
  }

  @Test("never touches a user who has a context")
  func foreign() throws {
    let stage = try RehearsalStage(percentage: "0")
    try stage.redis.cli("SET", "chat:customer:alice", "{\"messages\":[]}")
    let (report, _) = try stage.run("smoke", ["--user", "alice"])
    RehearsalStage.expectFailed(report["legacy client"], "alice already has a context", "--user")
    #expect(try stage.redis.cli("GET", "chat:customer:alice") == "{\"messages\":[]}")
  }

  @Test("asks as it is told, and says so when that is wrong")
  func requests() throws {
    let stage = try RehearsalStage(percentage: "0")
    let (report, _) = try stage.run("smoke", ["--path", "/nowhere", "--header", "X-User-Id: {user}"])
    #expect(report["legacy client keys"].outcome == "fail", "\(report.checks)")
    #expect(report["legacy admin"].outcome == "pass")
    // As a customer.
    let header = ["--admin-header", "X-User-Id: {user}", "--admin-header", "Authorization: Bearer client.{user}"]
    RehearsalStage.expectFailed(
      try stage.run("smoke", header).0["legacy admin"], "got status 403 from legacy", "--admin-header")
    for wrong in [["--header", "nonsense"], ["--body", "{}"], ["--proxy", "https://x"], ["--path", "x"]] {
      let (output, status) = try stage.proxy.command(["smoke", "--proxy", "http://127.0.0.1:1"] + wrong)
      #expect(status == .exited(64), "\(wrong): \(output)")
      #expect(!output.contains("is not known"), "\(wrong): \(output)")
    }
  }
}
