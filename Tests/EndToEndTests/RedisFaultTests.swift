import TestSupport
import Testing

@Suite("Redis fails under traffic: nobody waits, the last good flag stays, and recovery is automatic", .ownThread)
struct RedisFaultTests {
  /// A server that stands still; long enough for many attempts to connect to it.
  private static let hangSeconds = 6.0
  /// As long as anything else is left as it is: a poll and a few attempts to connect.
  private static let faultSeconds = 1.5

  @Test("What cannot be used is told and changes nothing; a plain SET ends it", arguments: RedisFault.all)
  func fault(_ fault: RedisFault) throws {
    let stage = try RedisStage(try RedisServer(fault.options))
    let load = try SteadyLoad(stage.proxy.port)
    try fault.strike(stage.server)
    if !fault.words.isEmpty { try stage.expectTold(fault.words) }
    pause(.seconds(fault.seconds ?? Self.faultSeconds))
    try stage.expect(50, valid: fault.words.isEmpty)
    try fault.mend(stage.server)
    try expectRecovery(stage, load)
  }

  @Test("A server that stands still, for a while")
  func hung() throws {
    let stage = try RedisStage()
    let load = try SteadyLoad(stage.proxy.port)
    stage.server.stop()
    try stage.expectTold(["did not answer within 1000 ms", "overloaded or suspended"])
    pause(.seconds(Self.hangSeconds))
    try stage.expect(50, valid: false)
    stage.server.continue()
    try expectRecovery(stage, load)
  }

  @Test("A reply that stops in its middle, also while connecting", arguments: [0, 1, 40])
  func midReply(_ bytes: Int) throws {
    let server = try RedisServer()
    let relay = try Relay(to: server.port)
    let stage = try RedisStage(server, place: "redis://127.0.0.1:\(relay.port)/0")
    let load = try SteadyLoad(stage.proxy.port)
    relay.hold(after: bytes)
    try stage.expectTold(["did not answer within 1000 ms", "the network"])
    try stage.expect(50, valid: false)
    relay.letGo()
    try expectRecovery(stage, load)
  }

  @Test("Started again with its data: as if nothing had been")
  func restartedWithData() throws {
    var options = RedisServerOptions()
    options.appendOnly = true
    let stage = try RedisStage(try RedisServer(options))
    let load = try SteadyLoad(stage.proxy.port)
    try stage.server.restart()
    #expect(eventually { stage.proxy.log.contains("the store does not answer") })
    try stage.expect(50)
    try expectRecovery(stage, load)
  }

  @Test("Started again without its data, and connected to anew: what is lost was not deleted")
  func lostTwice() throws {
    let stage = try RedisStage()
    let load = try SteadyLoad(stage.proxy.port)
    try stage.server.restart(keepingData: false)
    try stage.expectTold(["its data were lost", "turnout set"])
    for _ in 0..<3 { try stage.server.killClients() }
    pause(.seconds(Self.faultSeconds))
    try stage.expectTold(["its data were lost"])
    try stage.expect(50, valid: false)
    try expectRecovery(stage, load)
  }

  @Test("A flag that is deleted, or flushed, is what it was at first", arguments: ["DEL", "FLUSHALL"], [nil, "true"])
  func deleted(_ command: String, _ variable: String?) throws {
    let stage = try RedisStage(environment: variable.map { [RedisStage.flag: $0] } ?? [:])
    let load = try SteadyLoad(stage.proxy.port)
    load.expectEither()
    try stage.server.cli(command == "DEL" ? [command, RedisStage.flag] : [command])
    try stage.expect(variable == nil ? 0 : 100)
    load.expectAll(in: variable == nil ? "legacy" : "unified")
    pause(.milliseconds(200))
    try expectRecovery(stage, load)
  }

  private func expectRecovery(_ stage: RedisStage, _ load: SteadyLoad) throws {
    load.expectEither()
    try stage.set("100")
    try stage.expect(100)
    load.expectAll(in: "unified")
    pause(.milliseconds(200))
    stage.expectUnharmed(load)
  }
}
