import Conversations
import FlagStore
import Flags
import Testing

@testable import turnout

@Suite("When contexts may be removed")
struct CleanupGateTests {
  private let now = 1_770_000_000
  private let day = 86_400

  private func flag(_ percentage: Int, enabled: Bool = true, allow: [String] = [], deny: [String] = []) throws
    -> Flags.Flag
  {
    var flag = Flags.Flag(name: "F", percentage: try #require(Percentage(threshold: percentage * 1_000)))
    flag.isEnabled = enabled
    flag.allow = allow
    flag.deny = deny
    return flag
  }

  private func entry(_ before: Flags.Flag?, _ after: Flags.Flag, daysAgo: Int) -> AuditEntry {
    AuditEntry(.set, before: before, after: after, by: nil, from: nil, at: now - daysAgo * day)
  }

  private func objections(
    _ layout: ContextLayout, _ flag: Flags.Flag?, _ trail: [AuditEntry] = [], killedLocally: Int = 0
  ) -> String {
    CleanupGate(layout: layout, flag: flag, trail: trail, killedLocally: killedLocally, now: now)
      .objections.joined(separator: "; ")
  }

  @Test("Legacy is removed 7 days after everyone moved to unified, and not while anyone is served from it")
  func legacy() throws {
    let (half, full, denied) = (try flag(50), try flag(100), try flag(100, deny: ["ann"]))
    let old = [entry(half, full, daysAgo: 8)]
    #expect(objections(.legacy, full, old) == "")
    #expect(objections(.legacy, full, [entry(half, full, daysAgo: 6)]).contains("less than 7 days"))
    #expect(objections(.legacy, full, [entry(half, full, daysAgo: 7)]) == "")
    #expect(objections(.legacy, half, old).contains("at 50 %"))
    #expect(objections(.legacy, try flag(100, enabled: false), old).contains("killed"))
    #expect(objections(.legacy, denied, old).contains("1 user in legacy by name"))
    #expect(objections(.legacy, full, old, killedLocally: 1).contains("1 proxy is killed locally"))
    #expect(objections(.legacy, full).contains("not recorded"))
    #expect(objections(.legacy, nil, old).contains("cannot be read"))
  }

  @Test("A kill or a lower percentage restarts the 7 days; lists do not")
  func anew() throws {
    let (half, full, killed) = (try flag(50), try flag(100), try flag(100, enabled: false))
    let (denied, allowed) = (try flag(100, deny: ["ann"]), try flag(100, allow: ["ann"]))
    for between in [killed, half] {
      let trail = [entry(between, full, daysAgo: 2), entry(full, between, daysAgo: 3), entry(half, full, daysAgo: 30)]
      #expect(objections(.legacy, full, trail).contains("less than 7 days"))
    }
    let harmless = [entry(full, allowed, daysAgo: 2), entry(half, full, daysAgo: 30)]
    #expect(objections(.legacy, allowed, harmless) == "")
    // As smoke advises at 100 %: one user to legacy, and back.
    let smoked = [entry(denied, full, daysAgo: 2), entry(full, denied, daysAgo: 2), entry(half, full, daysAgo: 30)]
    #expect(objections(.legacy, full, smoked) == "")
    #expect(objections(.legacy, denied, Array(smoked.dropFirst())).contains("1 user in legacy by name"))
  }

  @Test("Unified is removed only while the flag sends nobody there")
  func unified() throws {
    #expect(objections(.unified, try flag(0)) == "")
    #expect(objections(.unified, try flag(100, enabled: false, allow: ["ann"])) == "")
    #expect(objections(.unified, try flag(1)).contains("1 % of all users"))
    #expect(objections(.unified, try flag(0, allow: ["ann"])).contains("1 user to unified by name"))
  }
}
