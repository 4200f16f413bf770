import FlagStore
import Statistics
import Testing

@testable import CohortWindows

/// Which traffic belongs to which stage, when stages with the same split follow each other quickly.
@Suite struct StageTests {
  /// What a proxy goes through: every two seconds three requests, then the next state.
  private func local(_ states: [FlagSourceStatus]) throws -> (local: LocalWindows, counters: Counters) {
    var local = LocalWindows(names: [flagName], at: moment(0))
    var counters = Counters()
    for (index, state) in states.enumerated() {
      local.publish(state, at: moment(index * 2_000))
      guard index < states.count - 1 else { break }
      counters.serve(3, user: UInt32(index), unified: false)
      local.record([counters.tally], at: moment((index + 1) * 2_000))
    }
    return (local, counters)
  }

  private static func killed() throws -> [FlagSourceStatus] {
    [try inForce(10), try inForce(10, revision: 2, isEnabled: false), try inForce(10, revision: 3)]
  }

  private static func backAndForth() throws -> [FlagSourceStatus] {
    [try inForce(10), try inForce(60, revision: 2), try inForce(10, revision: 3)]
  }

  @Test("A stage has nothing from before it, though the split was the same a moment ago", arguments: [false, true])
  func sameSplitAgain(isKilled: Bool) throws {
    var (local, counters) = try local(isKilled ? Self.killed() : Self.backAndForth())
    let new = try #require(local.totals(.stage, at: 4_000))
    #expect(new.total.requests == 0)
    #expect(new.from == midnight + 4_000)
    counters.serve(5, user: 9, unified: true)
    local.record([counters.tally], at: moment(5_000))
    #expect(local.totals(.stage, at: 5_000)?.total.requests == 5)
    let since = try #require(local.totals(.since(seconds: 900), at: 5_000))
    #expect(since.parts.map(\.tally.requests) == [3, 3, 5])
    #expect(since.parts.map(\.stage.revision) == [1, 2, 3])
  }

  @Test("A local kill and its end leave one stage")
  func localKill() throws {
    var (local, counters) = try local([
      try inForce(10), try inForce(10, kill: LocalKill(by: "ben")), try inForce(10),
    ])
    counters.serve(5, user: 9, unified: true)
    local.record([counters.tally], at: moment(5_000))
    #expect(local.totals(.stage, at: 5_000)?.total.requests == 8)
  }

  @Test("After a restart in its middle a stage is still one, and what was before it is not in it")
  func restart() throws {
    let (local, _) = try local(Self.killed() + [try inForce(10, revision: 3)])
    var again = LocalWindows(names: [flagName], at: moment(7_000))
    again.restore(local.records)
    again.publish(try inForce(10, revision: 3), at: moment(7_000))
    var counters = Counters()
    counters.serve(4, user: 9, unified: false)
    again.record([counters.tally], at: moment(8_000))
    #expect(again.totals(.stage, at: 8_000)?.total.requests == 7)
    let since = try #require(again.totals(.since(seconds: 900), at: 8_000))
    #expect(since.parts.map(\.tally.requests) == [3, 3, 7])
  }

  @Test("A split that came back while the process was away is a stage of its own")
  func changedWhileAway() throws {
    let (before, _) = try local([try inForce(10), try inForce(10)])
    var again = LocalWindows(names: [flagName], at: moment(3_000))
    again.restore(before.records)
    again.publish(try inForce(60, revision: 2), at: moment(3_000))
    var last = LocalWindows(names: [flagName], at: moment(5_000))
    last.restore(again.records)
    last.publish(try inForce(10, revision: 3), at: moment(5_000))
    var counters = Counters()
    counters.serve(4, user: 9, unified: false)
    last.record([counters.tally], at: moment(6_000))
    #expect(last.totals(.stage, at: 6_000)?.total.requests == 4)
  }

  // MARK: Of the fleet

  /// What the others tell: their windows by what was counted in each state, by a clock that is so far ahead.
  private func fleet(_ local: LocalWindows, ahead: Int) throws -> FleetWindows {
    var fleet = FleetWindows(flagCount: 1)
    var items: [Resolution: [(proxy: String, bytes: [UInt8])]] = [:]
    for item in PublishProgress(flagCount: 1).due(local, now: midnight + 10_000) {
      var window = item.window
      window.from += ahead
      window.stage.from += ahead
      items[item.resolution, default: []].append((proxy: "b", bytes: window.encoded))
    }
    for (resolution, values) in items {
      let number = resolution.number(of: midnight + max(0, ahead))
      fleet.put(FleetWindow(version: 1, values), flag: 0, resolution, number: number)
    }
    return fleet
  }

  @Test("In a fleet the same holds, with clocks that differ", arguments: [0, 2_000, -2_000], [false, true])
  func fleet(ahead: Int, isKilled: Bool) throws {
    let states = try isKilled ? Self.killed() : Self.backAndForth()
    var windows = try [local(states), local(states)]
    for index in windows.indices {
      windows[index].counters.serve(5, user: 9, unified: true)
      windows[index].local.record([windows[index].counters.tally], at: moment(6_000))
    }
    let fleet = try fleet(windows[1].local, ahead: ahead)
    let own = windows[0].local
    #expect(own.totals(.stage, at: 8_000, fleet: fleet)?.total.requests == 10)
    let since = try #require(own.totals(.since(seconds: 900), at: 8_000, fleet: fleet))
    #expect(since.parts.map(\.tally.requests) == [6, 6, 10])
  }

  @Test("A proxy that starts after the change tells the stages of the others apart, and its own goes on from theirs")
  func late() throws {
    var (other, counters) = try local(Self.killed())
    counters.serve(5, user: 9, unified: true)
    other.record([counters.tally], at: moment(6_000))
    let fleet = try fleet(other, ahead: 0)
    // The lists of the flag were changed meanwhile: the same stage at a later revision.
    var own = LocalWindows(names: [flagName], at: moment(7_000))
    own.publish(try inForce(10, revision: 4), at: moment(7_000))
    var mine = Counters()
    mine.serve(2, user: 1, unified: false)
    own.record([mine.tally], at: moment(8_000))
    #expect(own.totals(.stage, at: 8_000, fleet: fleet)?.total.requests == 7)
    let since = try #require(own.totals(.since(seconds: 900), at: 8_000, fleet: fleet))
    #expect(since.parts.map(\.tally.requests) == [3, 3, 7])
    // And seen from the other one.
    let lateFleet = try self.fleet(own, ahead: 0)
    #expect(other.totals(.stage, at: 8_000, fleet: lateFleet)?.total.requests == 7)
  }
}
