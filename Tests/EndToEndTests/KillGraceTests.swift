import TestSupport
import Testing

@Suite("kill_grace: what is under way to unified has so long to end by itself", .ownThread)
struct KillGraceTests {
  @Test("With a grace it ends after that, without any traffic", arguments: [1, 2])
  func grace(_ workers: Int) throws {
    let stage = try RedisStage.ofStreams(settings: "kill_grace: 1s", workers: workers)
    let (unified, legacy) = (try stage.openStream("uma"), try stage.openStream("lena"))
    let start = ContinuousClock.now
    try stage.set(RedisStage.soft)
    #expect(unified.end(within: 5) == .reset)
    let time = ContinuousClock.now - start
    #expect(time > .milliseconds(950), "\(time)")
    #expect(time < .seconds(2), "\(time)")
    #expect(legacy.isStillOpen())
    #expect(try stage.proxy.metric(RedisStage.killed) == 1)
  }

  @Test("A flag that is back within the grace ends nothing; a kill after that has a grace of its own")
  func restored() throws {
    let stage = try RedisStage.ofStreams(settings: "kill_grace: 1s")
    let client = try stage.openStream("uma")
    try stage.set(RedisStage.soft)
    try stage.expect(50, enabled: false)
    pause(.milliseconds(500))
    try stage.set(RedisStage.open)
    #expect(client.isStillOpen(for: 1.5))
    try stage.set(RedisStage.soft)
    #expect(client.isStillOpen(for: 0.5))
    #expect(client.end(within: 2) == .reset)
  }

  @Test("A hard kill within the grace ends it at once")
  func harder() throws {
    let stage = try RedisStage.ofStreams(settings: "kill_grace: 30s")
    let client = try stage.openStream("uma")
    try stage.set(RedisStage.soft)
    try stage.expect(50, enabled: false)
    #expect(client.isStillOpen())
    try stage.set(RedisStage.hard)
    #expect(client.end(within: 1) == .reset)
  }
}
