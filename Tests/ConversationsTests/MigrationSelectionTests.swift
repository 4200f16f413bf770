import Flags
import Redis
import TestSupport
import Testing

@testable import Conversations

@Suite("Whose contexts are migrated", .startsPrograms)
struct MigrationSelectionTests {
  private func percentage(_ number: Double) throws -> Percentage { try Percentage(number) }

  private func cohort(_ flag: Flag, _ user: String) -> Cohort {
    let snapshot = FlagSnapshot(generation: 0, flags: [flag])
    return Array(user.utf8).withUnsafeBytes { snapshot.decide(flag: 0, user: RawSpan(_unsafeBytes: $0)).cohort }
  }

  @Test(
    "A range of buckets takes those whom the flag takes in between both percentages", arguments: HashScheme.allCases)
  func buckets(scheme: HashScheme) throws {
    let flag = Flag(name: "F", percentage: try percentage(33), salt: "pepper", hash: scheme, allow: ["7"], deny: ["8"])
    let selection = MigrationSelection.buckets(
      from: try percentage(10), to: try percentage(50), of: flag, longestKey: 256)
    var count = 0
    for number in 0..<2_000 {
      func isIn(_ percent: Double) throws -> Bool {
        let bare = Flag(name: "F", percentage: try percentage(percent), salt: "pepper", hash: scheme)
        return cohort(bare, "\(number)") == .unified
      }
      let expected = try isIn(50) && !isIn(10)
      #expect(selection.contains(Array("\(number)".utf8)[...]) == expected, "\(number)")
      if expected { count += 1 }
    }
    #expect((700...900).contains(count))
  }

  @Test("A stage takes those whom the raise moves, and nobody whom a list holds")
  func stage() throws {
    let users = (0..<1_000).map(String.init)
    var flag = Flag(name: "F", percentage: try percentage(10))
    let moved = users.filter { user in
      var raised = flag
      raised.percentage = .full
      return cohort(flag, user) == .legacy && cohort(raised, user) == .unified
    }
    flag.allow = [moved[0]]
    flag.deny = [moved[1]]
    var raised = flag
    raised.percentage = try percentage(50)
    let selection = MigrationSelection.stage(to: raised.percentage, of: flag, longestKey: 256)
    for user in users {
      let expected = cohort(flag, user) == .legacy && cohort(raised, user) == .unified
      #expect(selection.contains(Array(user.utf8)[...]) == expected, "\(user)")
    }
    flag.isEnabled = false
    let whole = MigrationSelection.stage(to: .full, of: flag, longestKey: 256)
    #expect(users.filter { !whole.contains(Array($0.utf8)[...]) } == [moved[1]])
    let long = [UInt8](repeating: 0x61, count: 257)[...]
    #expect(whole.contains(long))
    #expect(!selection.contains(long))
  }

  @Test("Only they are migrated; the others are counted and not touched")
  func run() throws {
    let fixture = try MigrationFixture()
    try fixture.redis((0..<400).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    let flag = Flag(name: "F", percentage: .zero)
    let selection = MigrationSelection.stage(to: try percentage(30), of: flag, longestKey: 256)
    let expected = (0..<400).filter { selection.contains(Array("\($0)".utf8)[...]) }
    let tally = try fixture.migrate { $0.selection = selection }
    #expect(tally.migrated == expected.count, "\(tally)")
    #expect(tally.outside == 400 - expected.count, "\(tally)")
    for number in 0..<400 {
      let there = try fixture.redis("EXISTS", "conversation:client:\(number):current") == .integer(1)
      #expect(there == expected.contains(number))
    }
  }

  @Test("One role leaves the other alone")
  func role() throws {
    let fixture = try MigrationFixture()
    try fixture.redis([["SET", "chat:customer:1", "{}"], ["SET", "admin:context:1", "{}"]])
    #expect(try fixture.migrate { $0.roles = [.admin] }.seen == 1)
    #expect(try fixture.text("conversation:admin:1:current") != nil)
    #expect(try fixture.text("conversation:client:1:current") == nil)
  }
}
