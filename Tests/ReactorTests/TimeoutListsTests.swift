import Reactor
import TestSupport
import Testing

@Suite struct TimeoutListsTests {
  private static let durations: [UInt64] = [10, 0, 1_000, 10, 37]
  private static let nodeCount = 12

  @Test("Whatever is armed and disarmed, what is due comes out, earliest first within a kind, and nothing else")
  func model() {
    var random = SeededGenerator(named: "TimeoutListsTests.model")
    for _ in 0..<300 {
      var run = TimeoutRun(nodeCount: Self.nodeCount, durations: Self.durations)
      for _ in 0..<100 { run.step(&random) }
      if !run.faults.isEmpty {
        Issue.record("\(run.faults)")
        return
      }
    }
  }

  @Test("Nothing is due before its deadline, and at it it is due once")
  func deadline() {
    var lists = TimeoutLists(nodeCount: 4, durations: [100])
    lists.arm(3, kind: 0, now: 1_000)
    #expect(lists.nextDeadline() == 1_100)
    #expect(take(&lists, now: 1_099) == nil)
    #expect(take(&lists, now: 1_100) == [3, 0])
    #expect(take(&lists, now: 5_000) == nil)
    #expect(lists.nextDeadline() == nil)
  }

  @Test("Arming anew moves the deadline, also for the only one and the last one of a list")
  func armingAnew() {
    var lists = TimeoutLists(nodeCount: 4, durations: [100, 500])
    lists.arm(0, kind: 0, now: 0)
    lists.arm(0, kind: 0, now: 50)
    #expect(lists.nextDeadline() == 150)
    lists.arm(1, kind: 0, now: 60)
    lists.arm(0, kind: 0, now: 70)
    #expect(lists.nextDeadline() == 160)
    lists.arm(1, kind: 1, now: 80)
    #expect(lists.nextDeadline() == 170)
    #expect(take(&lists, now: 600) == [0, 0])
    #expect(take(&lists, now: 600) == [1, 1])
  }

  @Test("A kind that is running is not started anew when asked not to, another kind is")
  func unlessRunning() {
    var lists = TimeoutLists(nodeCount: 2, durations: [100, 10])
    lists.armUnlessRunning(0, kind: 0, now: 0)
    lists.armUnlessRunning(0, kind: 0, now: 90)
    #expect(lists.nextDeadline() == 100)
    lists.armUnlessRunning(0, kind: 1, now: 95)
    #expect(lists.nextDeadline() == 105)
  }

  @Test("What was never armed can be disarmed")
  func neverArmed() {
    var lists = TimeoutLists(nodeCount: 8, durations: [100])
    lists.disarm(7)
    lists.arm(5, kind: 0, now: 0)
    lists.disarm(2)
    lists.disarm(7)
    #expect(lists.nextDeadline() == 100)
    lists.disarm(5)
    lists.disarm(5)
    #expect(lists.nextDeadline() == nil)
  }

  @Test("A node or kind that does not exist traps")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var lists = TimeoutLists(nodeCount: 2, durations: [1])
      lists.arm(2, kind: 0, now: 0)
    }
    await #expect(processExitsWith: .failure) {
      var lists = TimeoutLists(nodeCount: 2, durations: [1])
      lists.arm(0, kind: 1, now: 0)
    }
  }

  private func take(_ lists: inout TimeoutLists, now: UInt64) -> [Int]? {
    lists.takeExpired(now: now).map { [$0.node, Int($0.kind)] }
  }
}
