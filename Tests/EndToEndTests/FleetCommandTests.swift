import TestSupport
import Testing

@Suite("Commands speak to all proxies that share a Redis", .ownThread)
struct FleetCommandTests {
  private let redis: RedisServer
  private let upstream: ScriptedUpstream

  init() throws {
    var options = RedisServerOptions()
    options.password = "sesame"
    redis = try RedisServer(options)
    upstream = try ScriptedUpstream(.saying("here"))
  }

  private func proxy(_ name: String) throws -> ProxyProcess {
    let servers = "servers: [\"http://127.0.0.1:\(upstream.port)\"]"
    let cohorts = "cohorts: { legacy: { \(servers) }, unified: { \(servers) } }\n"
    return try ProxyProcess(cohorts + "name: \(name)", place: redis.address())
  }

  private func cohort(_ proxy: ProxyProcess) throws -> String? {
    try proxy.client().get(user: "lena").head["X-Turnout-Cohort"].first
  }

  @Test("A change is confirmed by all of them, and one that hangs is named")
  func all() throws {
    let (one, two) = (try proxy("edge-1"), try proxy("edge-2"))
    #expect(eventually { (try? one.command("status").output.contains("edge-2")) == true })
    let (output, status) = try one.command("set", "100", "--yes", "--reason", "all of them")
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("in force: 2 of 2 proxies in "), "\(output)")
    #expect(try [cohort(one), cohort(two)] == ["unified", "unified"])
    #expect(try one.command("kill", "--json").output.contains(#""confirmed" : 2"#))
    #expect(try [cohort(one), cohort(two)] == ["legacy", "legacy"])
    two.whileStopped {
      let late = try? one.command("restore", "--wait", "300ms")
      #expect(late?.status == .exited(4))
      #expect(late?.output.contains("1 of 2 proxies") == true)
      #expect(late?.output.contains("edge-2 (admin") == true)
    }
    #expect(try one.command("log").output.contains("\"all of them\""))
    let outputs = try ["status", "log", "which"].map { try one.command($0 == "which" ? [$0, "a"] : [$0]).output }
    #expect(outputs.allSatisfy { !$0.contains("sesame") })
  }

  @Test("A key that holds no flag is told with the command that mends it")
  func brokenValue() throws {
    let one = try proxy("edge-1")
    _ = try redis.cli("SET", "UNIFIED_CONVERSATION_ENABLED", "banana")
    let kill = try one.command("kill")
    #expect(kill.status == .exited(78), "\(kill.output)")
    #expect(kill.output.contains("SET UNIFIED_CONVERSATION_ENABLED 0"), "\(kill.output)")
    _ = try redis.cli("SET", "UNIFIED_CONVERSATION_ENABLED", "0")
    #expect(try one.command("kill").status == .exited(0))
  }

  /// As if five seconds had passed; who lives writes its own anew.
  private func expireEntries() throws {
    for key in try redis.cli("KEYS", "turnout:proxy:*").split(separator: "\n") where !key.hasSuffix(":last") {
      _ = try redis.cli("DEL", String(key))
    }
  }

  @Test("A proxy that went silent without a word is not counted as one that follows")
  func silent() throws {
    let (one, two) = (try proxy("edge-1"), try proxy("edge-2"))
    #expect(eventually { (try? one.command("status").output.contains("edge-2")) == true })
    two.whileStopped {
      try? expireEntries()
      #expect(eventually { (try? one.command("status").output.contains("SILENT")) == true })
      let kill = try? one.command("kill", "--wait", "300ms")
      #expect(kill?.status == .exited(4), "\(kill?.output ?? "")")
      #expect(kill?.output.contains("1 of 2 proxies") == true, "\(kill?.output ?? "")")
      #expect(kill?.output.contains("silent, last heard") == true)
      #expect(kill?.output.contains("everyone goes to legacy") == false, "edge-2 may not")
    }
    #expect(try one.command("kill").output.contains("in force: 2 of 2 proxies"))
    two.crash()
    let settings = two.folder.text("turnout.yaml")
    try two.folder.write(
      settings.replacing("admin: 127.0.0.1:0", with: "admin: 127.0.0.1:\(two.adminPort)"), to: "turnout.yaml")
    try expireEntries()
    let again = try ProxyProcess(in: two.folder)
    let restore = try one.command("restore")
    #expect(restore.status == .exited(0), "started anew in its place: \(restore.output)")
    again.terminate()
    _ = again.exitStatus()
    let last = try one.command("kill").output
    #expect(last.contains("in force: 1 of 1 proxy "), "it has said that it ends: \(last)")
  }

  @Test("A proxy that is killed locally confirms, with a note")
  func killedLocally() throws {
    let one = try proxy("edge-1")
    one.send(10)
    #expect(eventually { one.folder.text("log").contains("KILLED locally") })
    #expect(eventually { (try? one.command("status").output.contains("  KILLED locally")) == true })
    let (output, status) = try one.command("set", "20")
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("note: edge-1 is killed locally"), "\(output)")
    #expect(try cohort(one) == "legacy")
  }

  @Test("Without a proxy the change is written and nobody confirms; without the store nothing is changed")
  func nobody() throws {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws -> Program.ExitStatus? {
      let all = arguments + ["--flags", redis.address(), "--admin", "127.0.0.1:\(try FreePort.take())"]
      return try Program(ProxyProcess.binary(), all, in: folder.path, log: folder.file("log")).wait()
    }
    #expect(try run("set", "20") == .exited(5))
    #expect(folder.text("log").contains("written; no proxy is registered"))
    #expect(try run("status") == .exited(5))
    #expect(folder.text("log").contains("UNIFIED_CONVERSATION_ENABLED  20 %"))
    redis.kill()
    #expect(try run("kill") == .exited(1))
    let text = folder.text("log")
    #expect(text.contains("Nothing was changed"), "\(text)")
    #expect(text.contains("turnout kill --local"), "\(text)")
    #expect(!text.contains("sesame"))
  }
}
