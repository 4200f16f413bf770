import Testing

@testable import Flags

/// What a percentage promises about many users.
@Suite struct ShareTests {
  static let userCount = 100_000
  static let thresholds = [0, 1, 1_000, 10_000, 50_000, 99_999, 100_000]

  /// The users in `unified`, for each of 100 000 ids.
  static func unified(at threshold: Int, isEnabled: Bool = true) throws -> [Bool] {
    let percentage = try #require(Percentage(threshold: threshold))
    let flag = Flag(name: "UNIFIED_CONVERSATION_ENABLED", isEnabled: isEnabled, percentage: percentage)
    let snapshot = FlagSnapshot(generation: 1, flags: [flag])
    return (0..<userCount).map { snapshot.decide(flag: 0, user: "user-\($0)").cohort == .unified }
  }

  @Test(
    "The share in unified is within five standard deviations of the percentage, and 0 and 100 % are exact",
    arguments: thresholds)
  func share(threshold: Int) throws {
    let count = Double(try Self.unified(at: threshold).count { $0 })
    let users = Double(Self.userCount)
    let share = Double(threshold) / 100_000
    let deviation = (users * share * (1 - share)).squareRoot()
    #expect(abs(count - users * share) <= 5 * deviation)
  }

  @Test("Raising the percentage moves nobody out of unified")
  func raising() throws {
    var before = try Self.unified(at: 0)
    for threshold in Self.thresholds + [100_000] where threshold > 0 {
      let after = try Self.unified(at: threshold)
      #expect(!zip(before, after).contains { $0 && !$1 }, "at \(threshold)")
      before = after
    }
  }

  @Test("Lowering the percentage removes those whose bucket is highest: the last who came in")
  func lowering() throws {
    let flag = Flag(name: "F", percentage: .full)
    let buckets = (0..<Self.userCount).map { flag.decide("u\($0)").bucket }
    for (high, low) in [(50_000, 10_000), (100_000, 99_999), (1_000, 1)] as [(Int32, Int32)] {
      let lowered = Flag(name: "F", percentage: try #require(Percentage(threshold: Int(low))))
      let snapshot = FlagSnapshot(generation: 1, flags: [lowered])
      for (user, bucket) in buckets.enumerated() where bucket < high {
        let stays = snapshot.decide(flag: 0, user: "u\(user)").cohort == .unified
        if stays != (bucket < low) { Issue.record("user u\(user), bucket \(bucket), at \(low)") }
      }
    }
  }

  @Test("At 100 % everyone is in, and a disabled flag lets nobody in")
  func extremes() throws {
    #expect(try Self.unified(at: 100_000).allSatisfy { $0 })
    #expect(try !Self.unified(at: 0).contains(true))
    #expect(try !Self.unified(at: 100_000, isEnabled: false).contains(true))
  }

  @Test("One salt splits the users of two flags alike, two salts do not")
  func salts() throws {
    let half = try Percentage(50)
    let snapshot = FlagSnapshot(
      generation: 1,
      flags: [
        Flag(name: "A", percentage: half, salt: "s"), Flag(name: "B", percentage: half, salt: "s"),
        Flag(name: "C", percentage: half),
      ])
    let users = (0..<10_000).map { "user-\($0)" }
    let (a, b, c) = (
      users.map { snapshot.decide(flag: 0, user: $0).cohort }, users.map { snapshot.decide(flag: 1, user: $0).cohort },
      users.map { snapshot.decide(flag: 2, user: $0).cohort }
    )
    #expect(a == b)
    // Independent halves agree on a half: 5 standard deviations of 10 000 tosses are 250.
    #expect(abs(zip(a, c).count { $0 == $1 } - 5_000) < 250)
  }
}
