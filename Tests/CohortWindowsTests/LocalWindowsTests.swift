import FlagStore
import Flags
import Statistics
import TestSupport
import Testing

@testable import CohortWindows

@Suite struct LocalWindowsTests {
  @Test("Each second is a window, each minute and each hour")
  func windows() throws {
    var local = try LocalWindows.begun()
    var counters = Counters()
    for second in 1...125 {
      counters.serve(user: UInt32(second), unified: second % 10 == 0, errors: second == 30 ? 1 : 0)
      local.record([counters.tally], at: moment(second * 1_000))
    }
    let seconds = local.chart(bySeconds: true).windows
    #expect(seconds.count == 125)
    #expect(
      seconds.allSatisfy { $0.tally.legacy.requests + $0.tally.unified.requests == 1 && $0.milliseconds == 1_000 })
    #expect(seconds[29].tally.unified.errors == 1)
    #expect(seconds[29].from == midnight + 29_000)
    let minutes = local.chart(bySeconds: false).windows
    #expect(minutes.map { $0.tally.legacy.requests + $0.tally.unified.requests } == [60, 60, 5])
    #expect(minutes.map(\.from) == [0, 60_000, 120_000].map { midnight + $0 })
    let totals = try #require(local.totals(.stage, at: 125_000))
    #expect(totals.total.requests == 125)
    #expect(totals.parts.count == 1)
    #expect(totals.total.users.estimate(cohort: 0) + totals.total.users.estimate(cohort: 1) == 125)
  }

  @Test("A second without traffic has no window")
  func idle() throws {
    var local = try LocalWindows.begun()
    var counters = Counters()
    for second in 1...10 {
      if second == 5 { counters.leaveOut(2, errors: 1) }
      local.record([counters.tally], at: moment(second * 1_000))
    }
    let windows = local.chart(bySeconds: true).windows
    #expect(windows.count == 1)
    #expect(windows[0].tally.legacy.requests == 2)
    #expect(windows[0].tally.legacy.errors == 1)
  }

  @Test("A late reading makes a longer window and loses nothing")
  func late() throws {
    var local = try LocalWindows.begun()
    var counters = Counters()
    counters.serve(7, user: 1, unified: false)
    local.record([counters.tally], at: moment(3_500))
    let windows = local.chart(bySeconds: true).windows
    #expect(windows.map(\.milliseconds) == [3_500])
    #expect(windows.first?.tally.legacy.requests == 7)
  }

  @Test("A change of the split cuts the windows, and a comparison begins there")
  func cut() throws {
    var local = try LocalWindows.begun(10)
    var counters = Counters()
    counters.serve(4, user: 1, unified: false)
    local.record([counters.tally], at: moment(10_300))
    local.publish(try inForce(50, revision: 2), at: moment(10_300))
    counters.serve(6, user: 2, unified: true)
    local.record([counters.tally], at: moment(11_000))

    let stage = try #require(local.totals(.stage, at: 11_000))
    #expect(stage.total.legacy.requests == 0)
    #expect(stage.total.unified.requests == 6)
    #expect(stage.from == midnight + 10_300)
    #expect(stage.parts[0].stage.split.share == 0.5)
    let since = try #require(local.totals(.since(seconds: 900), at: 11_000))
    #expect(since.parts.map(\.stage.split.share) == [0.1, 0.5])
    #expect(since.parts.map { $0.tally.requests } == [4, 6])
    // The minute has two windows, each of one stage.
    #expect(local.chart(bySeconds: false).windows.map(\.milliseconds) == [10_300, 700])
    #expect(local.chart(bySeconds: false).marks.map(\.revision) == [1, 2])
  }

  @Test("A change of the lists is a mark and cuts nothing")
  func markOnly() throws {
    var local = try LocalWindows.begun(10)
    var counters = Counters()
    counters.serve(4, user: 1, unified: false)
    local.record([counters.tally], at: moment(1_000))
    var status = try inForce(10, revision: 2)
    status.flags[0].allow = ["alice"]
    status.stored = status.flags
    local.publish(status, at: moment(1_000))
    #expect(local.totals(.stage, at: 1_000)?.total.requests == 4)
    #expect(local.chart(bySeconds: true).marks.map(\.revision) == [1, 2])
  }

  @Test("A local kill is a mark of this proxy only, and so is its end")
  func localKill() throws {
    var local = try LocalWindows.begun(10)
    local.publish(try inForce(10, kill: LocalKill(by: "ben", reason: "errors")), at: moment(5_000))
    local.publish(try inForce(10), at: moment(9_000))
    let marks = local.chart(bySeconds: true).marks
    #expect(marks.map(\.isLocal) == [false, true, true])
    #expect(marks.map(\.by) == ["anna", "ben", nil])
    #expect(marks.map(\.isEnabled) == [true, false, true])
    let stages = local.flags[0].table.stages.map(\.stage)
    #expect(stages.map(\.isSeen) == [false, false, false])
  }

  @Test("A change in the store is a seen beginning of a stage")
  func seen() throws {
    var local = try LocalWindows.begun(10)
    local.publish(try inForce(25, revision: 2), at: moment(5_000))
    #expect(local.flags[0].table.current?.stage.isSeen == true)
  }

  @Test("The windows sum up to the counters, whatever the clock and the flags do")
  func sums() throws {
    var generator = SeededGenerator(named: "sums of windows")
    for _ in 0..<4 {
      var local = try LocalWindows.begun(10)
      var counters = Counters()
      var (wall, monotonic) = (0, 0)
      for step in 1...150 {
        let elapsed = Int.random(in: 1...2_500, using: &generator)
        monotonic += elapsed
        wall += elapsed
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: wall += 3_600_000
        case 1: wall -= 3_600_000
        case 2: wall -= Int.random(in: 0...5_000, using: &generator)
        default: break
        }
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
          counters.serve(
            user: .random(in: 0...50, using: &generator), unified: .random(using: &generator),
            errors: .random(in: 0...1, using: &generator))
        }
        let now = ClockReading(
          wall: midnight + 86_400_000 + wall, monotonicNanoseconds: UInt64(1_000_000_000_000 + monotonic * 1_000_000))
        local.record([counters.tally], at: now)
        if Int.random(in: 0..<10, using: &generator) == 0 {
          local.publish(try inForce(Double(Int.random(in: 0...3, using: &generator)), revision: step), at: now)
        }
      }
      let flag = local.flags[0]
      #expect(flag.sum(of: .minute, flag.minute) == counters.tally.withoutUsers)
      #expect(flag.sum(of: .hour, flag.hour) == counters.tally.withoutUsers)
      var light = flag.second.content
      for kept in flag.ring(.second).all { light.merge(try LightTally(encoded: kept.bytes)) }
      #expect(light == LightTally(counters.tally))
    }
  }

  @Test("Users count once in each window, and once in their union")
  func users() throws {
    var local = try LocalWindows.begun()
    var counters = Counters()
    for minute in 0..<3 {
      for user in 0..<40 as Range<UInt32> { counters.serve(user: user + UInt32(minute) * 10, unified: false) }
      local.record([counters.tally], at: moment((minute + 1) * 60_000))
      counters.renewUsers()
    }
    #expect(local.totals(.since(seconds: 3_600), at: 180_000)?.total.users.estimate(cohort: 0) == 60)
    #expect(local.totals(.since(seconds: 60), at: 180_000)?.total.users.estimate(cohort: 0) == 40)
  }

  @Test("A period begins with a whole window, and the totals say when")
  func snapped() throws {
    var local = try LocalWindows.begun()
    var counters = Counters()
    for minute in 0..<150 {
      counters.serve(user: 1, unified: false)
      local.record([counters.tally], at: moment((minute + 1) * 60_000))
    }
    let now = 150 * 60_000 + 30_000
    local.record([counters.tally], at: moment(now))
    for (seconds, requests, from) in [(900, 15, 135), (60, 1, 149), (3_600, 60, 90), (5_400, 90, 60), (7_200, 150, 0)] {
      let totals = try #require(local.totals(.since(seconds: seconds), at: now))
      #expect(totals.total.requests == UInt64(requests), "\(seconds)")
      #expect(totals.from == midnight + from * 60_000, "\(seconds)")
    }
    #expect(local.totals(.stage, at: now)?.total.requests == 150)
  }
}

extension FlagWindows {
  fileprivate func sum(of kind: RingKind, _ open: OpenWindow<Tally>) -> Tally {
    ring(kind).all.reduce(into: open.content) { sum, window in
      if let tally = try? Tally(encoded: window.bytes) { sum.merge(tally) }
    }.withoutUsers
  }
}

extension Tally {
  fileprivate var withoutUsers: Tally {
    var tally = self
    tally.users = UserSample()
    return tally
  }
}

@Suite struct RingTests {
  private func kept(_ from: Int, bytes: Int = 10) -> ClosedWindow {
    ClosedWindow(stage: 1, from: from, milliseconds: 1_000, bytes: [UInt8](repeating: 7, count: bytes))
  }

  @Test("A ring keeps the last of what it was given", arguments: [1, 2, 63, 64, 65, 1_000])
  func capacity(capacity: Int) {
    var ring = Ring(capacity: capacity, byteLimit: .max)
    for number in 1...(capacity * 3 + 5) {
      ring.append(kept(number))
      #expect(ring.count == min(number, capacity))
      #expect(ring.byteCount == ring.count * 10)
      #expect(ring.all.first?.from == max(1, number - capacity + 1))
      #expect(ring.all.last?.from == number)
    }
    #expect(ring.all.map(\.sequence) == ring.all.map(\.from))
  }

  @Test("A ring has no more bytes than it may, but always the last window")
  func bytes() {
    var ring = Ring(capacity: 100, byteLimit: 50)
    for number in 1...20 { ring.append(kept(number)) }
    #expect(ring.count == 5)
    #expect(ring.byteCount == 50)
    ring.append(kept(21, bytes: 80))
    #expect(ring.all.map(\.from) == [21])
    #expect(ring.byteCount == 80)
  }

  @Test("Stages and marks are the last 256")
  func table() throws {
    var table = StageTable()
    for number in 1...300 {
      let split = Split(try inForce(Double(number % 2)).flags[0])
      #expect(table.begin(Stage(split: split, from: number, revision: number, isSeen: true)) == number)
      table.add(
        Mark(at: number, revision: number, isEnabled: true, percentage: .zero, by: nil, reason: nil, isLocal: false))
    }
    #expect(table.stages.count == 256)
    #expect(table.marks.count == 256)
    #expect(table[44] == nil)
    #expect(table[45]?.from == 45)
    #expect(table.current?.number == 300)
  }
}
