import TestSupport
import Testing

@Suite("An upstream that fails during load hurts its own cohort alone", .ownThread, .serialized)
struct FailingUpstreamTests {
  private static let users = (0..<50).map { "user-\($0)" }

  private func proxy(_ legacy: Nginx, _ unified: Nginx) throws -> ProxyProcess {
    try ProxyProcess(
      """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"] }
      timeouts: { first_byte: 300ms, connect: 300ms }
      """, flags: #"{ "UNIFIED_CONVERSATION_ENABLED": 50 }"#, workers: 2)
  }

  @Test("kill -9 of a real nginx, and its return", arguments: ["legacy", "unified"])
  func killed(_ name: String) throws {
    let servers = ["legacy": try Nginx("legacy"), "unified": try Nginx("unified")]
    let (legacy, unified) = (try #require(servers["legacy"]), try #require(servers["unified"]))
    let other = name == "legacy" ? "unified" : "legacy"
    let proxy = try proxy(legacy, unified)
    let load = Load(proxy.port, users: Self.users)
    pause(.milliseconds(400))
    let before = load.take()
    let victim = try #require(servers[name])
    victim.killNow()
    pause(.milliseconds(400))
    let during = load.take()
    let returned = try Nginx(name, port: victim.port)
    pause(.milliseconds(1_200))
    _ = load.take()
    pause(.milliseconds(400))
    let after = load.stop()
    for tally in [before, during, after] {
      #expect(tally.strays == 0, "\(tally)")
      #expect(tally.broken == 0, "\(tally)")
      #expect(tally.count(other) { $0 == 200 } > 0, "\(tally)")
      #expect(tally.count(other) { $0 != 200 } == 0, "\(tally)")
    }
    #expect(during.count(name) { [502, 503, 504].contains($0) } > 0, "\(during)")
    #expect(during.count(name) { ![200, 502, 503, 504].contains($0) } == 0, "\(during)")
    #expect(after.count(name) { $0 == 200 } > 0, "\(after)")
    #expect(after.count(name) { $0 != 200 } == 0, "\(after)")
    #expect(returned.name == name)
  }

  @Test("A stalled nginx costs its users 504, and nobody else anything")
  func stalled() throws {
    let (legacy, unified) = (try Nginx("legacy"), try Nginx("unified"))
    let proxy = try proxy(legacy, unified)
    let load = Load(proxy.port, users: Self.users, connections: 8)
    pause(.milliseconds(300))
    _ = load.take()
    unified.stall()
    pause(.milliseconds(1_200))
    let tally = load.stop()
    #expect(tally.strays == 0, "\(tally)")
    #expect(tally.broken == 0, "\(tally)")
    #expect(tally.count("legacy") { $0 == 200 } > 0, "\(tally)")
    #expect(tally.count("legacy") { $0 != 200 } == 0, "\(tally)")
    #expect(tally.count("unified") { $0 == 504 } > 0, "\(tally)")
  }
}
