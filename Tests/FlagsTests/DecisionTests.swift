import Testing

@testable import Flags

@Suite struct DecisionTests {
  /// Buckets of these with the salt UNIFIED_CONVERSATION_ENABLED (vectors): alice 12041, bob 43784.
  struct Case: Sendable, CustomTestStringConvertible {
    var isEnabled = true
    var percentage: Double
    var allow: [String] = []
    var deny: [String] = []
    var user: String
    var cohort: Cohort
    var reason: DecisionReason
    var testDescription: String { "\(user) at \(percentage), enabled \(isEnabled), allow \(allow), deny \(deny)" }
  }

  @Test(
    "Disabled comes before deny, deny before allow, allow before the bucket",
    arguments: [
      Case(percentage: 12.041, user: "alice", cohort: .legacy, reason: .bucketAbove),
      Case(percentage: 12.042, user: "alice", cohort: .unified, reason: .bucketBelow),
      Case(percentage: 0, allow: ["bob"], user: "bob", cohort: .unified, reason: .allowed),
      Case(percentage: 0, allow: ["bob"], user: "bo", cohort: .legacy, reason: .bucketAbove),
      Case(percentage: 100, deny: ["bob"], user: "bob", cohort: .legacy, reason: .denied),
      Case(percentage: 100, deny: ["bob"], user: "bobb", cohort: .unified, reason: .bucketBelow),
      Case(percentage: 100, allow: ["bob"], deny: ["bob"], user: "bob", cohort: .legacy, reason: .denied),
      Case(isEnabled: false, percentage: 100, user: "bob", cohort: .legacy, reason: .disabled),
      Case(isEnabled: false, percentage: 100, allow: ["bob"], user: "bob", cohort: .legacy, reason: .disabled),
      Case(isEnabled: false, percentage: 100, deny: ["bob"], user: "bob", cohort: .legacy, reason: .disabled),
      Case(percentage: 50, allow: ["Ünïcødé"], user: "Ünïcødé", cohort: .unified, reason: .allowed),
      Case(percentage: 0, allow: [""], user: "", cohort: .unified, reason: .allowed),
      Case(percentage: 0, allow: ["bob", "bob"], user: "bob", cohort: .unified, reason: .allowed),
    ])
  func order(_ example: Case) throws {
    let flag = Flag(
      name: "UNIFIED_CONVERSATION_ENABLED", isEnabled: example.isEnabled,
      percentage: try Percentage(example.percentage),
      allow: example.allow, deny: example.deny)
    let decision = flag.decide(example.user)
    #expect(decision.cohort == example.cohort)
    #expect(decision.reason == example.reason)
    #expect((0..<100_000).contains(decision.bucket))
  }

  @Test(
    "A user without a key goes to unified only when the flag is enabled and at 100 %",
    arguments: [
      (true, 100_000, .unified, .anonymousAtFull), (true, 99_999, .legacy, .anonymous), (true, 0, .legacy, .anonymous),
      (false, 100_000, .legacy, .disabled),
    ] as [(Bool, Int, Cohort, DecisionReason)])
  func anonymous(isEnabled: Bool, threshold: Int, cohort: Cohort, reason: DecisionReason) throws {
    let flag = Flag(name: "F", isEnabled: isEnabled, percentage: try #require(Percentage(threshold: threshold)))
    let decision = FlagSnapshot(generation: 1, flags: [flag]).decideAnonymous(flag: 0)
    #expect(decision == Decision(cohort: cohort, reason: reason, bucket: -1))
  }

  @Test("Thousands of listed users are each found, and nobody else", arguments: [1, 2, 3, 1_000, 20_000])
  func longLists(count: Int) {
    let flag = Flag(
      name: "F", percentage: .zero, allow: (0..<count).map { "allowed-\($0)" }, deny: (0..<count).map { "denied-\($0)" }
    )
    let snapshot = FlagSnapshot(generation: 1, flags: [flag])
    for index in 0..<count {
      if snapshot.decide(flag: 0, user: "allowed-\(index)").reason != .allowed { Issue.record("allowed-\(index)") }
      if snapshot.decide(flag: 0, user: "denied-\(index)").reason != .denied { Issue.record("denied-\(index)") }
      if snapshot.decide(flag: 0, user: "other-\(index)").reason != .bucketAbove { Issue.record("other-\(index)") }
    }
  }

  @Test("Each flag of a snapshot decides by its own rule")
  func manyFlags() throws {
    let flags = try (0...100).map { Flag(name: "F\($0)", percentage: try Percentage(Double($0)), allow: ["in\($0)"]) }
    let snapshot = FlagSnapshot(generation: 7, flags: flags)
    #expect(snapshot.generation == 7)
    #expect(snapshot.flags == flags)
    for index in flags.indices {
      for user in ["in\(index)", "alice", "bob"] {
        let decision = snapshot.decide(flag: index, user: user)
        #expect(decision == flags[index].decide(user))
      }
    }
  }

  @Test("Every reason has a word of its own and a sentence, with figures where the bucket decided")
  func reasons() throws {
    #expect(Set(DecisionReason.allCases.map(\.description)).count == DecisionReason.allCases.count)
    let flag = Flag(name: "UNIFIED_CONVERSATION_ENABLED", percentage: try Percentage(12.5))
    #expect(flag.decide("alice").sentence(for: flag) == "bucket 12041 is below 12.5 % (12500)")
    #expect(flag.decide("bob").sentence(for: flag) == "bucket 43784 is not below 12.5 % (12500)")
    for reason in DecisionReason.allCases { #expect(!reason.sentence.isEmpty) }
  }
}
