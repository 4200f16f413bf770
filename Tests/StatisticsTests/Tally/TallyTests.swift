import Statistics
import Testing

@Suite struct TallyTests {
  private func cohort(requests: UInt64, errors: UInt64, leftOut: UInt64, leftOutErrors: UInt64) -> CohortTally {
    var tally = CohortTally()
    tally.clusters[5, .requests] = requests
    tally.clusters[5, .errors] = errors
    for _ in 0..<requests { tally.durations.record(nanoseconds: 2_000_000) }
    tally.leftOut = leftOut
    tally.leftOutErrors = leftOutErrors
    return tally
  }

  @Test("Requests and errors of a cohort are the compared ones and those left out")
  func totals() {
    let tally = cohort(requests: 10, errors: 2, leftOut: 5, leftOutErrors: 1)
    #expect(tally.requests == 15)
    #expect(tally.errors == 3)
  }

  @Test("Merging adds everything of both cohorts, and the users")
  func merge() {
    var first = Tally()
    first.legacy = cohort(requests: 10, errors: 2, leftOut: 5, leftOutErrors: 1)
    first.users.insert(hash: 1, cohort: 0)
    var second = Tally()
    second.legacy = cohort(requests: 1, errors: 1, leftOut: 2, leftOutErrors: 0)
    second.unified = cohort(requests: 4, errors: 0, leftOut: 0, leftOutErrors: 0)
    second.users.insert(hash: 2, cohort: 1)
    first.merge(second)
    #expect(first.legacy == cohort(requests: 11, errors: 3, leftOut: 7, leftOutErrors: 1))
    #expect(first.unified == second.unified)
    #expect(first.users.hashes == [[1], [2]])
    #expect(first.legacy.durations.count == 11)
  }
}
