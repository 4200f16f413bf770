import FlagStore
import Flags
import Statistics
import TestSupport

@testable import CohortWindows

/// Counters as the workers have them: they only grow, and the users are those of the present epoch.
struct Counters {
  var tally = Tally()

  /// So many requests of that user.
  mutating func serve(
    _ requests: UInt64 = 1, user: UInt32, unified: Bool, errors: UInt64 = 0, created: UInt64 = 0,
    milliseconds: UInt64 = 20
  ) {
    let path: WritableKeyPath<Tally, CohortTally> = unified ? \.unified : \.legacy
    let cluster = Int(user % 1_024)
    tally[keyPath: path].clusters[cluster, .requests] += requests
    tally[keyPath: path].clusters[cluster, .errors] += errors
    tally[keyPath: path].clusters[cluster, .created] += created
    tally[keyPath: path].clusters[cluster, .judged] += requests
    if milliseconds > 100 { tally[keyPath: path].clusters[cluster, .slow] += requests }
    if milliseconds > 1_000 { tally[keyPath: path].clusters[cluster, .slowest] += requests }
    tally[keyPath: path].clusters[cluster, .nanoseconds] += requests * milliseconds * 1_000_000
    for _ in 0..<requests { tally[keyPath: path].durations.record(nanoseconds: milliseconds * 1_000_000) }
    tally.users.insert(hash: user &* 2_654_435_761, cohort: unified ? 1 : 0)
  }

  mutating func leaveOut(_ requests: UInt64, errors: UInt64 = 0) {
    tally.legacy.leftOut += requests
    tally.legacy.leftOutErrors += errors
  }

  mutating func renewUsers() { tally.users = UserSample() }

  static func random(_ generator: inout SeededGenerator, requests: Int = 300) -> Tally {
    var counters = Counters()
    for _ in 0..<Int.random(in: 0...requests, using: &generator) {
      let isError = UInt64.random(in: 0...9, using: &generator) == 0
      counters.serve(
        .random(in: 1...3, using: &generator), user: .random(in: 0...5_000, using: &generator),
        unified: .random(using: &generator), errors: isError ? 1 : 0, created: .random(in: 0...1, using: &generator),
        milliseconds: .random(in: 1...10_000, using: &generator))
    }
    counters.leaveOut(.random(in: 0...9, using: &generator), errors: .random(in: 0...1, using: &generator))
    return counters.tally
  }
}

/// 2026-01-01 00:00 UTC: a whole hour.
let midnight = 1_767_225_600_000
let flagName = "UNIFIED_CONVERSATION_ENABLED"

func moment(_ milliseconds: Int) -> ClockReading {
  ClockReading(
    wall: midnight + milliseconds, monotonicNanoseconds: UInt64(1_000_000_000_000 + milliseconds * 1_000_000))
}

/// What is in force: the flag at that percentage, as the store has it unless something outranks it.
func inForce(
  _ percentage: Double, revision: Int = 1, isEnabled: Bool = true, kill: LocalKill? = nil
) throws -> FlagSourceStatus {
  var status = FlagSourceStatus(path: "flags.json")
  let flag = Flag(
    name: flagName, isEnabled: isEnabled, percentage: try Percentage(percentage), revision: revision,
    updatedBy: "anna", reason: "a test")
  status.stored = [flag]
  status.flags = [kill == nil ? flag : FlagEdit.kill(hard: false).apply(to: flag)]
  status.localKill = kill
  return status
}

extension LocalWindows {
  /// One flag at 10 % from midnight on.
  static func begun(_ percentage: Double = 10) throws -> LocalWindows {
    var local = LocalWindows(names: [flagName], at: moment(0))
    local.publish(try inForce(percentage), at: moment(0))
    return local
  }

  func totals(_ scope: Scope, at milliseconds: Int, fleet: FleetWindows? = nil) -> PeriodTotals? {
    WindowQuery(self, fleet ?? FleetWindows(flagCount: 1), flag: 0, scope, now: midnight + milliseconds)?.totals()
  }

  func chart(bySeconds: Bool, from: Int = 0, fleet: FleetWindows? = nil) -> ChartWindows {
    let content = LockedWindows.Content(local: self, fleet: fleet ?? FleetWindows(flagCount: 1), isFleet: fleet != nil)
    return ChartQuery(content, flag: 0, bySeconds: bySeconds, from: from).windows()
  }
}

extension Tally {
  var requests: UInt64 { legacy.requests + unified.requests }
}
