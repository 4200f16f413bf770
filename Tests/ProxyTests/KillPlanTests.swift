import Testing

@testable import Proxy

@Suite struct KillPlanTests {
  private enum Event {
    case enabled, killed, hard
  }

  /// Snapshots of one flag at a moment, the grace, and when what is under way ends.
  private static let cases: [(events: [(UInt64, Event)], grace: UInt64?, ends: UInt64)] = [
    ([(5, .enabled)], 10, .max),
    ([(5, .killed)], nil, .max),
    ([(5, .killed)], 10, 15),
    ([(5, .killed), (9, .killed)], 10, 15),
    ([(5, .killed), (9, .enabled)], 10, .max),
    ([(5, .killed), (9, .enabled), (12, .killed)], 10, 22),
    ([(5, .hard)], nil, 5),
    ([(5, .killed), (9, .hard)], 10, 9),
    ([(5, .hard), (9, .enabled)], 10, .max),
  ]

  @Test("What is under way ends when the grace is over, at once after a hard kill, never when the flag is back before")
  func moments() {
    for (events, grace, ends) in Self.cases {
      var plan = KillPlan(flagCount: 2, grace: grace)
      for (now, event) in events {
        plan.note(1, isEnabled: event == .enabled, isHard: event == .hard, now: now)
      }
      #expect(plan.next == ends, "\(events) with grace \(String(describing: grace))")
      guard ends < .max else { continue }
      #expect(plan.takeDue(now: ends - 1) == nil)
      #expect(plan.takeDue(now: ends) == 1)
      #expect(plan.takeDue(now: .max - 1) == nil)
      #expect(plan.next == .max)
    }
  }

  @Test("Each flag has its own moment, and the next is the earliest")
  func flags() {
    var plan = KillPlan(flagCount: 3, grace: 10)
    plan.note(2, isEnabled: false, isHard: false, now: 1)
    plan.note(0, isEnabled: false, isHard: false, now: 2)
    #expect(plan.next == 11)
    #expect(plan.takeDue(now: 11) == 2)
    #expect(plan.next == 12)
    #expect(plan.takeDue(now: 11) == nil)
    #expect(plan.takeDue(now: 12) == 0)
    #expect(plan.next == .max)
  }
}
