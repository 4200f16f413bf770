import Statistics
import TestSupport
import Testing

@Suite struct UserSampleTests {
  private func sample(_ hashes: some Sequence<UInt32>, cohort: Int = 0, capacity: Int = 100) -> UserSample {
    var sample = UserSample(capacity: capacity)
    for hash in hashes { sample.insert(hash: hash, cohort: cohort) }
    return sample
  }

  @Test("Few users are all in the sample, each once, and the estimate is their number")
  func exact() {
    let few = sample([7, 8, 9, 7, .max, 0])
    #expect(few.isExact)
    #expect(few.sampled(cohort: 0) == 5)
    #expect(few.estimate(cohort: 0) == 5)
    #expect(few.estimate(cohort: 1) == 0)
  }

  @Test("A full sample halves its limit, keeps exactly the users below it, and never exceeds its capacity")
  func shrinking() {
    var random = SeededGenerator(named: #function)
    let users = (0..<5_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
    let all = sample(users)
    #expect(!all.isExact)
    #expect(all.limit.nonzeroBitCount == 1)
    #expect(all.sampled(cohort: 0) <= 100)
    #expect(all.hashes[0] == Set(users.filter { UInt64($0) < all.limit }))
  }

  @Test("Users of both cohorts share the capacity and the limit")
  func cohorts() {
    var random = SeededGenerator(named: #function)
    var both = UserSample(capacity: 64)
    for index in 0..<1_000 {
      both.insert(hash: UInt32(truncatingIfNeeded: random.next()), cohort: index % 10 == 0 ? 1 : 0)
    }
    #expect(both.sampled(cohort: 0) + both.sampled(cohort: 1) <= 64)
    #expect(both.hashes.joined().allSatisfy { UInt64($0) < both.limit })
  }

  @Test("The estimate is within five standard errors of the truth", arguments: [20_000, 300_000])
  func estimate(users: Int) {
    var random = SeededGenerator(named: #function)
    let all = sample(Set((0..<users).map { _ in UInt32(truncatingIfNeeded: random.next()) }), capacity: 4_096)
    // Half of the capacity at worst are in the sample.
    #expect(abs(all.estimate(cohort: 0) / Double(users) - 1) < 5 / 2_048.0.squareRoot())
  }

  @Test("Merging is the sample of all users, in any order and with any limits")
  func merge() {
    var random = SeededGenerator(named: #function)
    let many = (0..<3_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
    let few = (0..<70).map { _ in UInt32(truncatingIfNeeded: random.next()) }
    var merged = sample(few)
    merged.merge(sample(many))
    var reversed = sample(many)
    reversed.merge(sample(few))
    #expect(merged == reversed)
    #expect(merged.hashes[0] == Set((many + few).filter { UInt64($0) < merged.limit }))
    #expect(merged.sampled(cohort: 0) <= 100)
    #expect(merged == sample(many + few))
  }

  @Test("A user who was moved is in both cohorts, a limit that is given holds")
  func movedAndLimited() {
    var limited = UserSample(capacity: 10, limit: 1 << 31)
    for cohort in 0...1 { limited.insert(hash: 5, cohort: cohort) }
    limited.insert(hash: 1 << 31, cohort: 0)
    #expect(limited.hashes == [[5], [5]])
    #expect(limited.estimate(cohort: 1) == 2)
  }

  @Test("A sample that is exactly full still has everyone; one user more halves it")
  func full() {
    var full = sample([0, 1 << 31, .max], capacity: 3)
    #expect(full.isExact)
    #expect(full.sampled(cohort: 0) == 3)
    full.insert(hash: 1, cohort: 1)
    #expect(full.limit == 1 << 31)
    #expect(full.hashes == [[0], [1]])
  }

  @Test("The limit never falls below 1: the user with the hash 0 stays, in both cohorts, over any capacity")
  func lowestLimit() {
    var lowest = UserSample(capacity: 1)
    for cohort in 0...1 { lowest.insert(hash: 0, cohort: cohort) }
    #expect(lowest.limit == 1)
    #expect(lowest.hashes == [[0], [0]])
  }

  @Test("A sample keeps 4,096 users unless told otherwise")
  func standardCapacity() {
    var sample = UserSample()
    #expect(sample.capacity == 4_096)
    for hash in UInt32(0)..<4_096 { sample.insert(hash: hash, cohort: 0) }
    #expect(sample.isExact)
    sample.insert(hash: .max, cohort: 0)
    #expect(!sample.isExact)
  }
}
