import FlagStore
import Statistics
import Testing

@testable import CohortWindows

/// Limits on what others write into the store.
@Suite struct FleetLimitTests {
  private func window(_ from: Int, percentage: Double = 50, requests: UInt64 = 1) throws -> [UInt8] {
    let stage = Stage(split: Split(try inForce(percentage).flags[0]), from: midnight, revision: 1, isSeen: false)
    var counters = Counters()
    counters.serve(requests, user: 1, unified: false)
    return PublishedWindow(stage: stage, from: midnight + from, milliseconds: 1_000, tally: counters.tally.encoded)
      .encoded
  }

  private func requests(_ window: FleetWindow) throws -> UInt64 {
    try window.groups.reduce(0) { try $0 + Tally(encoded: $1.tally).requests }
  }

  @Test("A rolling restart is counted completely, in 8 groups")
  func groupsPerSplit() throws {
    let values = try (0..<64).map { (proxy: "p\($0)", bytes: try window($0 * 40_000)) }
    let sum = FleetWindow(version: 1, values)
    #expect(try requests(sum) == 64)
    #expect(sum.groups.count == 8)
    #expect(sum.unreadable == 0)
    #expect(sum.proxies.count == 64)
  }

  @Test("A minute keeps 16 splits, and counts the others as unreadable")
  func splits() throws {
    let values = try (1...40).map { (proxy: "p\($0)", bytes: try window(0, percentage: Double($0))) }
    let sum = FleetWindow(version: 1, values)
    #expect(try requests(sum) == 16)
    #expect(sum.groups.count == 16)
    #expect(sum.unreadable == 24)
  }

  @Test("The windows of the fleet have a byte limit, and have room again when windows expire")
  func bytes() throws {
    let sum = FleetWindow(version: 1, [("b", try window(0))])
    var fleet = FleetWindows(flagCount: 2, byteLimit: sum.byteCount * 3)
    let minute = midnight / 60_000
    for number in minute..<minute + 5 { fleet.put(sum, flag: number % 2, .minute, number: number) }
    #expect(fleet.byteCount == sum.byteCount * 3)
    #expect(fleet.unreadable == 2)
    // Read again, it takes its own place.
    fleet.put(sum, flag: minute % 2, .minute, number: minute)
    #expect(fleet.byteCount == sum.byteCount * 3)
    #expect(fleet.unreadable == 2)
    _ = fleet.expire(at: (minute + FleetWindows.minutesKept + 1) * 60_000)
    #expect(fleet.byteCount == sum.byteCount)
    fleet.put(sum, flag: 0, .hour, number: midnight / 3_600_000)
    #expect(fleet.byteCount == sum.byteCount * 2)
    #expect(fleet.unreadable == 2)
    _ = fleet.expire(at: midnight + 400 * 3_600_000)
    #expect(fleet.byteCount == 0)
  }

  @Test("At most 20 silent proxies are named, in at most 128 bytes, and the others counted")
  func names() throws {
    for (count, last) in [(20, "edge-19"), (21, "and 1 more"), (3_000, "and 2,980 more")] {
      var liveness = FleetLiveness(own: "a")
      let members = (0..<count).map {
        FleetMember(id: "id-\($0)", name: "edge-\($0)", version: "1", pid: 1, admin: "")
      }
      liveness.setMembers(members, at: 1)
      let silent = liveness.silent(at: 20_000_000_000)
      #expect(silent.count == min(count, 21))
      #expect(silent.last == last)
    }
    var liveness = FleetLiveness(own: "a")
    let name = "x" + String(repeating: "\u{e9}", count: 100_000)
    liveness.setMembers([FleetMember(id: "b", name: name, version: "1", pid: 1, admin: "")], at: 1)
    let cut = try #require(liveness.silent(at: 20_000_000_000).first)
    #expect(cut.utf8.count == 127)
    #expect(name.hasPrefix(cut))
  }
}
