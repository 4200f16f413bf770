import Foundation
import TestSupport
import Testing

@Suite("A proxy starts without Redis, with the last good flags, else the environment's, else off", .ownThread)
struct StartWithoutRedisTests {
  @Test("With what was kept, and the changes come through when Redis is there")
  func kept() throws {
    let stage = try RedisStage(environment: [RedisStage.flag: "true"])
    try stage.set("30")
    try stage.expect(30)
    #expect(eventually { stage.kept.contains("\"percentage\": 30") })
    stage.proxy.crash()
    stage.server.kill()
    try stage.startProxyAgain()
    try stage.expect(30, valid: false)
    try stage.expectTold(["cannot connect", "that Redis runs there"])
    #expect(stage.proxy.log.contains("starting with the last good flags, saved at 20"))
    try expectRecovery(stage)
  }

  @Test("With nothing kept: the environment's value, else off", arguments: [nil, "25"])
  func fresh(_ variable: String?) throws {
    let server = try RedisServer()
    server.kill()
    let stage = try RedisStage(
      server, value: nil, environment: variable.map { [RedisStage.flag: $0] } ?? [:])
    try stage.expect(variable == nil ? 0 : 25, valid: false)
    #expect(stage.proxy.log.contains("with the values of the environment, else off"))
    try expectRecovery(stage)
  }

  @Test("A server that hangs holds up the start by a second, not more")
  func hung() throws {
    let server = try RedisServer()
    server.stop()
    let start = ContinuousClock.now
    let stage = try RedisStage(server, value: nil)
    #expect(ContinuousClock.now - start < .seconds(5))
    try stage.expect(0, valid: false)
    server.continue()
    try stage.set("40")
    try stage.expect(40)
  }

  @Test("A server without the password: told, without showing it, and served on")
  func password() throws {
    var options = RedisServerOptions()
    options.password = "right"
    let server = try RedisServer(options)
    let stage = try RedisStage(server, place: "redis://:wrong@127.0.0.1:\(server.port)/0")
    try stage.expect(0, valid: false)
    try stage.expectTold(["WRONGPASS", "Check the user and the password"])
    #expect(!stage.proxy.log.contains("wrong@"))
    #expect(stage.proxy.log.contains("redis://:***@127.0.0.1"))
    #expect(try stage.client().get(user: "uma").text == "legacy")
  }

  @Test(
    "What was kept and is damaged is told and not used, and kept anew",
    arguments: ["cut", "bit", "empty", "title", "folder"])
  func damaged(_ damage: String) throws {
    let stage = try RedisStage(environment: [RedisStage.flag: "25"])
    #expect(eventually { stage.kept.contains("\"percentage\": 50") })
    stage.proxy.crash()
    stage.server.kill()
    try Self.damage(stage.keptFile, damage)
    try stage.startProxyAgain()
    try stage.expect(25, valid: false)
    let warning = stage.proxy.log.split(separator: "\n").first { $0.contains("turnout.state/last-good: ") } ?? ""
    #expect(warning.contains("the flags kept there are not used"), "\(stage.proxy.log)")
    try expectRecovery(stage)
    if damage == "folder" {
      let words = "cannot be written: Is a directory; flags are not kept"
      #expect(eventually { stage.proxy.log.contains(words) }, "\(stage.proxy.log)")
    } else {
      #expect(eventually { stage.kept.contains("\"percentage\": 60") })
    }
  }

  private static func damage(_ file: String, _ how: String) throws {
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    switch how {
    case "cut": bytes.removeLast(10)
    case "bit": bytes[bytes.count / 2] ^= 1
    case "empty": bytes = []
    case "title": bytes[0] ^= 1
    default:
      try FileManager.default.removeItem(atPath: file)
      return try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  @Test("kill -9 of the proxy, with Redis away: last good flags and the local kill are there again", arguments: [1, 2])
  func localKill(_ workers: Int) throws {
    let stage = try RedisStage(workers: workers)
    let load = try SteadyLoad(stage.proxy.port)
    load.expectEither()
    stage.proxy.send(SIGUSR1)
    try stage.expect(50, enabled: false)
    load.expectAll(in: "legacy")
    try stage.set("100")
    try stage.expect(100, enabled: false)
    stage.server.kill()
    #expect(eventually { stage.kept.contains("local_kill") && stage.kept.contains("\"percentage\": 100") })
    stage.expectUnharmed(load)
    stage.proxy.crash()
    try stage.startProxyAgain()
    try stage.expect(100, enabled: false, valid: false)
    #expect(stage.proxy.log.contains("killed locally since"))
    #expect(stage.proxy.log.contains("turnout restore --local"))
    try stage.server.restart()
    try stage.set("70")
    try stage.expect(70, enabled: false)
    #expect(try stage.client().get(user: "user-1").text == "legacy")
  }

  private func expectRecovery(_ stage: RedisStage) throws {
    try stage.server.restart()
    try stage.set("60")
    try stage.expect(60)
  }
}
