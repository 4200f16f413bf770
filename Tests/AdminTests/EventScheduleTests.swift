import Testing

@testable import Admin

@Suite("When which event is due")
struct LiveScheduleTests {
  private static let second: UInt64 = 1_000_000_000
  private let calm = EventSchedule.State(
    generation: 1, isKilledLocally: false, isSourceValid: true, isSourceAway: false, isStoreLost: false,
    isDraining: false)

  /// What is due at each tenth of a second, as "second: events".
  private func run(
    _ tenths: Range<UInt64>, _ change: (inout EventSchedule.State, UInt64) -> Void = { _, _ in }
  ) -> [String] {
    var (schedule, state, told) = (EventSchedule(), calm, [String]())
    for tenth in tenths {
      change(&state, tenth)
      let due = schedule.takeDue(now: tenth * Self.second / 10, state)
      if !due.isEmpty { told.append("\(Double(tenth) / 10): " + due.map { "\($0)" }.joined(separator: " ")) }
    }
    return told
  }

  @Test("Windows each second, comparisons every two, the status every five")
  func periods() {
    #expect(
      run(0..<60) == [
        "0.0: audit status windows comparison", "1.0: windows", "2.0: audit windows comparison", "3.0: windows",
        "4.0: windows comparison", "5.0: status windows",
      ])
  }

  @Test("A change is told at once, and the trail is looked at then and once more two seconds later")
  func change() {
    let told = run(0..<40) { state, tenth in if tenth == 13 { state.generation = 2 } }
    #expect(told.contains("1.3: audit status"))
    #expect(told.filter { $0.contains("audit") }.map { $0.prefix(3) } == ["0.0", "1.3", "3.3"])
  }

  @Test("Not only the generation counts", arguments: StateChange.all)
  func state(change: StateChange) {
    #expect(run(0..<10) { state, tenth in if tenth == 5 { change.apply(&state) } }.contains("0.5: audit status"))
  }

  @Test("Who comes later waits a second at most for a comparison, and nobody has them made faster than that")
  func welcome() {
    var schedule = EventSchedule()
    _ = schedule.takeDue(now: 10 * Self.second, calm)
    for moment in stride(from: 10 * Self.second, to: 11 * Self.second, by: 100_000_000) {
      schedule.welcome(now: moment)
      #expect(moment == 10 * Self.second || !schedule.takeDue(now: moment, calm).contains(.comparison))
    }
    #expect(schedule.takeDue(now: 11 * Self.second, calm).contains(.comparison))
  }

  @Test("It says when to look again")
  func next() {
    var schedule = EventSchedule()
    #expect(schedule.next == 0)
    _ = schedule.takeDue(now: 7 * Self.second, calm)
    #expect(schedule.next == 8 * Self.second)
  }
}

/// Something that is told at once.
struct StateChange: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let apply: @Sendable (inout EventSchedule.State) -> Void

  fileprivate static let all = [
    StateChange(testDescription: "killed locally") { $0.isKilledLocally = true },
    StateChange(testDescription: "source not valid") { $0.isSourceValid = false },
    StateChange(testDescription: "source away") { $0.isSourceAway = true },
    StateChange(testDescription: "store lost") { $0.isStoreLost = true },
    StateChange(testDescription: "draining") { $0.isDraining = true },
  ]
}
