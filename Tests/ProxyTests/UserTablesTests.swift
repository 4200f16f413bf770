import CohortMetrics
import Concurrency
import Statistics
import TestSupport
import Testing

@testable import Proxy

/// A worker's tables of users as the control plane reads them.
@Suite struct UserTablesTests {
  private struct Rig: ~Copyable {
    let layout: LaneLayout
    let lane: CounterLane
    let workerSettings: CounterLane
    let metrics: CohortMetrics
    var tables: UserTables

    init(flags: [String] = ["A", "B"]) {
      layout = LaneLayout(flags: flags, localResponses: [])
      lane = CounterLane(count: layout.wordCount)
      workerSettings = CounterLane(count: WorkerSettingIndices.count(flagCount: flags.count))
      workerSettings.writer.set(1, at: WorkerSettingIndices.usersEpoch)
      metrics = CohortMetrics(layout: layout, lanes: [lane], workerSettings: workerSettings)
      tables = UserTables(layout.indices, lane.writer, flagCount: flags.count)
    }

    mutating func see(_ hash: UInt32, flag: Int = 0, cohort: Int = 0) {
      tables.note(
        flag: flag, hash: hash, cohort: cohort, epoch: workerSettings.value(at: WorkerSettingIndices.usersEpoch))
    }

    func users(flag: Int = 0) -> UserSample { metrics.tallies()[flag].users }
  }

  @Test("Users are counted once, in their cohort and of their flag")
  func counts() {
    var rig = Rig()
    for _ in 0..<3 {
      for user in 0..<500 as Range<UInt32> { rig.see(user &* 0x9E37_79B1, cohort: user < 50 ? 1 : 0) }
    }
    rig.see(7, flag: 1)
    #expect(rig.users().sampled(cohort: 0) == 450)
    #expect(rig.users().sampled(cohort: 1) == 50)
    #expect(rig.users().isExact)
    #expect(rig.users(flag: 1).sampled(cohort: 0) == 1)
  }

  @Test("A moved user is in both cohorts, and hashes of 0 and 2^32 - 1 are users like others")
  func edges() {
    var rig = Rig()
    for hash in [0, UInt32.max] {
      rig.see(hash, cohort: 0)
      rig.see(hash, cohort: 1)
    }
    #expect(rig.users().hashes == [[0, .max], [0, .max]])
  }

  @Test("Of many users a fair sample is kept, and it is the very sample that a set would keep")
  func samples() {
    var random = SeededGenerator(named: "samples of users")
    var rig = Rig()
    var all = UserSample(capacity: UserTableLayout.capacity)
    for _ in 0..<200_000 {
      let user = UInt32.random(in: 0..<100_000, using: &random) &* 0x9E37_79B1
      let cohort = user % 10 == 0 ? 1 : 0
      rig.see(user, cohort: cohort)
      all.insert(hash: user, cohort: cohort)
    }
    let users = rig.users()
    #expect(users.limit == all.limit)
    #expect(users.hashes == all.hashes)
    #expect(!users.isExact)
    let seen = users.estimate(cohort: 0) + users.estimate(cohort: 1)
    // 86 466 of 100 000 users are expected in 200 000 draws; four standard errors of 1 / sqrt(700).
    #expect(abs(seen - 86_466) < 86_466 * 0.15, "\(seen)")
  }

  @Test("Hashes that all fall below every limit do not hang the worker")
  func crowded() {
    var rig = Rig()
    for hash in 0..<5_000 as Range<UInt32> { rig.see(hash) }
    let users = rig.users()
    #expect(users.sampled(cohort: 0) <= UserTableLayout.capacity)
    #expect(users.limit <= 1_024)
  }

  @Test("A new epoch begins with nobody, and tells who was in the one before")
  func epochs() {
    var rig = Rig()
    for user in 0..<20 as Range<UInt32> { rig.see(user) }
    let ended = rig.metrics.renewUsers()
    #expect(ended[0].sampled(cohort: 0) == 20)
    #expect(rig.users().sampled(cohort: 0) == 0, "an idle worker has not begun its table")
    rig.see(3)
    #expect(rig.users().hashes[0] == [3])
    #expect(rig.metrics.renewUsers()[0].hashes[0] == [3])
    rig.see(4)
    #expect(rig.users().hashes[0] == [4], "the table of two epochs ago is begun anew")
  }

  @Test("A table that is laid out anew meanwhile is not read")
  func torn() {
    var rig = Rig()
    rig.see(1)
    let base = rig.layout.indices.userTableBase(flag: 0, epoch: 1)
    rig.lane.add(1, at: base + UserTableLayout.version)
    #expect(rig.users().sampled(cohort: 0) == 0)
    rig.lane.add(1, at: base + UserTableLayout.version)
    #expect(rig.users().sampled(cohort: 0) == 1)
  }
}
