import Conversations
import Flags
import Testing

@testable import Diagnostics

@Suite("Users who try a path out")
struct SmokeUsersTests {
  private static func flag(_ percentage: String, allow: [String] = [], deny: [String] = [], on: Bool = true) -> Flag {
    let thresholds = ["0.001": 1, "10": 10_000, "100": 100_000]
    let number = thresholds[percentage].flatMap { Percentage(threshold: $0) }
    return Flag(
      name: Flag.standardName, isEnabled: on, percentage: number ?? .zero,
      allow: allow, deny: deny)
  }

  private static func find(
    _ cohort: Cohort, _ flag: Flag, named: [String] = [], count: Int = 1, busy: Set<String> = []
  ) throws -> [String] {
    try SmokeUsers(flag, named: [.client: named]).find(cohort, count: count) { !busy.contains($0) }
  }

  private static func decide(_ user: String, _ flag: Flag) -> Cohort {
    let bytes = Array(user.utf8)
    return FlagSnapshot(generation: 0, flags: [flag]).decide(flag: 0, user: bytes.span.bytes).cohort
  }

  @Test("and their keys are counted in words")
  func counted() {
    #expect(SmokeTest.removed(keys: 2, users: 1) == "2 keys of 1 user removed")
    #expect(SmokeTest.removed(keys: 1, users: 2) == "1 key of 2 users removed")
  }

  @Test("are the first of our own that the flag sends there", arguments: ["0.001", "10"])
  func byChance(percentage: String) throws {
    let flag = Self.flag(percentage)
    for cohort in Cohort.allCases {
      let found = try Self.find(cohort, flag)
      #expect(found.count == 1)
      #expect(found[0].hasPrefix("turnout-smoke"))
      #expect(Self.decide(found[0], flag) == cohort)
    }
  }

  @Test("are as many as are wanted, all different, and none that has a context")
  func several() throws {
    let flag = Self.flag("10")
    let first = try Self.find(.unified, flag, count: 3)
    let second = try Self.find(.unified, flag, count: 3, busy: Set(first))
    #expect(Set(first + second).count == 6)
    #expect((first + second).allSatisfy { Self.decide($0, flag) == .unified })
  }

  @Test("are those on the lists, where nobody goes by chance")
  func lists() throws {
    let allowed = Self.flag("0", allow: ["anna", "turnout-smoke-7", "turnout-smoke"])
    #expect(try Self.find(.unified, allowed, count: 9) == ["turnout-smoke", "turnout-smoke-7"])
    #expect(try Self.find(.legacy, Self.flag("100", deny: ["turnout-smoke"])) == ["turnout-smoke"])
    #expect(try Self.find(.unified, allowed, named: ["berta", "anna"]) == ["anna"])
  }

  @Test("are of their role alone, where they are named")
  func roles() throws {
    let users = SmokeUsers(Self.flag("0"), named: [.client: ["anna"], .admin: []])
    #expect(users.cover(.client))
    #expect(!users.cover(.admin))
    #expect(try users.find(.legacy, .client) { _ in true } == ["anna"])
    #expect(SmokeUsers(Self.flag("0"), named: [:]).cover(.admin))
  }

  @Test("are missed with the command that makes one")
  func missing() {
    func fault(_ cohort: Cohort, _ flag: Flag, named: [String] = [], busy: Set<String> = []) -> CheckError? {
      do { _ = try Self.find(cohort, flag, named: named, busy: busy) } catch { return error as? CheckError }
      return nil
    }
    #expect(fault(.unified, Self.flag("0"))?.advice.contains("turnout allow turnout-smoke;") == true)
    #expect(fault(.legacy, Self.flag("100"))?.advice.contains("turnout deny turnout-smoke;") == true)
    #expect(fault(.unified, Self.flag("10", on: false))?.advice.contains("turnout restore") == true)
    #expect(fault(.unified, Self.flag("0"), named: ["anna"])?.advice.contains("turnout allow anna") == true)
    let busy = fault(.legacy, Self.flag("0"), named: ["anna"], busy: ["anna"])
    #expect(busy?.found.contains("anna already has a context") == true)
  }
}
