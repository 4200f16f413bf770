import Testing

@testable import Conversations

/// With a virtual clock, in milliseconds.
@Suite("When the Redis with the contexts is asked")
struct CountingPlanTests {
  private static let millisecond: UInt64 = 1_000_000
  private static let start: UInt64 = 7_000_000_000

  /// Runs a plan; a sample takes 1 ms, each step as long as `step` says. What happened, with its time.
  private func run(
    every interval: UInt64?, for milliseconds: UInt64, stepsPerWalk: Int, step: UInt64
  ) -> (samples: [UInt64], steps: [UInt64], walks: [UInt64]) {
    var plan = MonitorSchedule(countEvery: interval.map { $0 * Self.millisecond }, at: Self.start)
    var (now, done) = (Self.start, 0)
    var happened: (samples: [UInt64], steps: [UInt64], walks: [UInt64]) = ([], [], [])
    while now < Self.start + milliseconds * Self.millisecond {
      let time = (now - Self.start) / Self.millisecond
      switch plan.turn(at: now) {
      case .wait(let nanoseconds):
        #expect(nanoseconds > 0)
        now += nanoseconds
      case .sample:
        happened.samples.append(time)
        now += Self.millisecond
        plan.sampled(at: now)
      case .step:
        if done == 0 { happened.walks.append(time) }
        happened.steps.append(time)
        let begin = now
        now += step * Self.millisecond
        done = (done + 1) % stepsPerWalk
        plan.stepped(from: begin, to: now, isLast: done == 0)
      }
    }
    return happened
  }

  @Test("A sample comes first and every 15 seconds; a walk begins at once and every so often")
  func cadence() {
    let happened = run(every: 60_000, for: 180_000, stepsPerWalk: 100, step: 1)
    #expect(happened.samples.count == 12)
    #expect(happened.samples.prefix(2) == [0, 15_001])
    #expect(happened.walks == [1, 60_001, 120_001])
    #expect(happened.steps.count == 300)
    #expect(happened.steps.prefix(3) == [1, 26, 51])
  }

  @Test("Whatever a step takes, a walk has at most 4 % of the time", arguments: [1, 7, 300, 1_000] as [UInt64])
  func share(step: UInt64) {
    let minutes: UInt64 = 20
    let happened = run(every: 10_000, for: minutes * 60_000, stepsPerWalk: 1_000_000, step: step)
    let share = Double(UInt64(happened.steps.count) * step) / Double(minutes * 60_000)
    #expect((0.03...0.041).contains(share), "\(share)")
  }

  @Test("A walk that takes longer than the interval is followed by the next, after a rest")
  func overdue() {
    let happened = run(every: 10_000, for: 60_000, stepsPerWalk: 800, step: 1)
    #expect(happened.walks == [1, 20_002, 40_003])
  }

  @Test("With never, no key is counted, also after the server was away")
  func never() {
    #expect(run(every: nil, for: 100_000, stepsPerWalk: 1, step: 1).steps.isEmpty)
    var plan = MonitorSchedule(countEvery: nil, at: 0)
    plan.lost(at: 5)
    plan.refused(at: 5)
    #expect(plan.turn(at: 5) == .wait(MonitorSchedule.sampleInterval))
    #expect(plan.turn(at: MonitorSchedule.sampleInterval + 5) == .sample)
  }

  @Test("A server that is away is asked again with the next sample, and only then walked over")
  func away() {
    var plan = MonitorSchedule(countEvery: 60_000_000_000, at: 0)
    plan.sampled(at: 0)
    plan.stepped(from: 0, to: 1, isLast: false)
    plan.lost(at: 100)
    let next = 100 + MonitorSchedule.sampleInterval
    #expect(plan.turn(at: 100) == .wait(MonitorSchedule.sampleInterval))
    #expect(plan.turn(at: next) == .sample)
    plan.sampled(at: next)
    #expect(plan.turn(at: next) == .step)
  }

  @Test("Where a walk is refused, samples go on and it is tried again after a while")
  func refused() {
    var plan = MonitorSchedule(countEvery: 60_000_000_000, at: 0)
    plan.sampled(at: 0)
    plan.refused(at: 1)
    #expect(plan.turn(at: 2) == .wait(MonitorSchedule.sampleInterval - 2))
    plan.sampled(at: MonitorSchedule.sampleInterval)
    #expect(plan.turn(at: MonitorSchedule.sampleInterval + 1) == .step)
  }
}
