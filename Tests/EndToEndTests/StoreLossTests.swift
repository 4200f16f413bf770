import TestSupport
import Testing

@Suite("on_loss: legacy after 1s", .ownThread)
struct StoreLossTests {
  private static let settings = "flag_store: { on_loss: legacy after 1s }"

  @Test("Everyone to legacy when Redis has been away for so long, not before, and back by itself")
  func away() throws {
    var options = RedisServerOptions()
    options.appendOnly = true
    let stage = try RedisStage(try RedisServer(options), settings: Self.settings)
    let load = try SteadyLoad(stage.proxy.port)
    pause(.milliseconds(1_500))
    try stage.expect(50)
    stage.server.kill()
    pause(.milliseconds(600))
    try stage.expect(50, valid: false, within: 0)
    load.expectEither()
    try stage.expect(50, enabled: false, valid: false, within: 3)
    load.expectAll(in: "legacy")
    #expect(stage.proxy.log.contains("everyone goes to legacy until it is back"))
    pause(.milliseconds(500))
    load.expectEither()
    try stage.server.restart()
    try stage.expect(50)
    stage.expectUnharmed(load)
  }

  @Test("A server that was started again without the flag is not back: no one moves to and fro")
  func emptied() throws {
    let stage = try RedisStage(settings: Self.settings)
    let load = try SteadyLoad(stage.proxy.port)
    load.expectEither()
    try stage.server.restart(keepingData: false)
    try stage.expect(50, enabled: false, valid: false)
    load.expectAll(in: "legacy")
    let generation = try stage.proxy.metric("turnout_flag_generation")
    pause(.milliseconds(2_500))
    #expect(try stage.proxy.metric("turnout_flag_generation") == generation)
    load.expectEither()
    try stage.set("100")
    try stage.expect(100)
    load.expectAll(in: "unified")
    pause(.milliseconds(100))
    stage.expectUnharmed(load)
  }

  @Test("A broken value is no loss, however long it stands, also when connections are lost meanwhile")
  func broken() throws {
    let stage = try RedisStage(settings: Self.settings)
    let load = try SteadyLoad(stage.proxy.port)
    try stage.set("banana")
    try stage.expectTold(["found banana"])
    pause(.milliseconds(1_500))
    for _ in 0..<5 { try stage.server.killClients() }
    pause(.milliseconds(500))
    try stage.expect(50, valid: false)
    stage.expectUnharmed(load)
  }
}
