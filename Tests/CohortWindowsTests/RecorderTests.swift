import FlagStore
import Flags
import Statistics
import Synchronization
import Testing

@testable import CohortWindows

/// The recorder with a virtual clock and counters that the test fills.
@Suite struct RecorderTests {
  private final class Workers: Sendable {
    let state = Mutex((counters: Counters(), renewals: 0, thresholds: [LatencyThresholds]()))

    var sources: WindowSources {
      WindowSources(
        read: { [self] in state.withLock { [$0.counters.tally] } },
        renewUsers: { [self] in
          state.withLock { state in
            defer { state.counters.renewUsers() }
            state.renewals += 1
            return [state.counters.tally.users]
          }
        },
        setThresholds: { [self] _, thresholds in state.withLock { $0.thresholds.append(thresholds) } })
    }

    func serve(_ requests: UInt64, user: UInt32, milliseconds: UInt64 = 20) {
      state.withLock { $0.counters.serve(requests, user: user, unified: false, milliseconds: milliseconds) }
    }
  }

  private func start(_ workers: Workers) throws -> (LockedWindows, WindowRecorder) {
    let windows = LockedWindows(LocalWindows(names: [flagName], at: moment(0)))
    let recorder = WindowRecorder(windows, workers.sources)
    recorder.publish(try inForce(10))
    recorder.turn(at: moment(0))
    return (windows, recorder)
  }

  @Test("Each minute and each change begins a new sample of users, and every user is in the window of the request")
  func users() throws {
    let workers = Workers()
    let (windows, recorder) = try start(workers)
    for second in 1...130 {
      workers.serve(1, user: UInt32(second))
      if second == 90 { recorder.publish(try inForce(20, revision: 2)) }
      recorder.turn(at: moment(second * 1_000))
    }
    #expect(workers.state.withLock { $0.renewals } == 4)
    let totals = try #require(windows.with { $0.local.totals(.since(seconds: 900), at: 130_000) })
    #expect(totals.parts.map { $0.tally.users.estimate(cohort: 0) } == [90, 40])
    #expect(totals.parts.map(\.tally.requests) == [90, 40])
  }

  @Test("The thresholds are legacy's 95th and 99th percentile of the last 15 minutes, given enough requests")
  func latencyThresholds() throws {
    let workers = Workers()
    let (_, recorder) = try start(workers)
    workers.serve(199, user: 1)
    recorder.turn(at: moment(60_000))
    #expect(workers.state.withLock { $0.thresholds } == [])
    #expect(recorder.thresholds(flag: 0) == nil)
    workers.serve(94, user: 1)
    workers.serve(10, user: 2, milliseconds: 500)
    recorder.turn(at: moment(120_000))
    let first = try #require(workers.state.withLock { $0.thresholds }.last)
    // 293 of 20 ms and 10 of 500 ms, and a millisecond more.
    #expect(recorder.thresholds(flag: 0) == first)
    #expect(abs(Double(first.slow) / 21_000_000 - 1) < 0.01)
    #expect(abs(Double(first.slowest) / 500_000_000 - 1) < 0.01)
    workers.serve(50, user: 3, milliseconds: 500)
    recorder.turn(at: moment(180_000))
    let second = try #require(workers.state.withLock { $0.thresholds }.last)
    #expect(abs(Double(second.slow) / 500_000_000 - 1) < 0.01)
    #expect(second.slowest == second.slow)
    // Without traffic for 20 minutes they stay.
    for minute in 4...20 { recorder.turn(at: moment(minute * 60_000)) }
    #expect(workers.state.withLock { $0.thresholds }.last == second)
  }

  @Test("The first thresholds do not wait for the end of a minute; from then on they change once a minute")
  func firstThresholds() throws {
    let workers = Workers()
    let (_, recorder) = try start(workers)
    workers.serve(199, user: 1)
    recorder.turn(at: moment(1_000))
    #expect(workers.state.withLock { $0.thresholds } == [])
    workers.serve(1, user: 2)
    recorder.turn(at: moment(2_000))
    #expect(workers.state.withLock { $0.thresholds.count } == 1)
    workers.serve(500, user: 3, milliseconds: 80)
    for second in 3...59 { recorder.turn(at: moment(second * 1_000)) }
    #expect(workers.state.withLock { $0.thresholds.count } == 1)
    recorder.turn(at: moment(60_000))
    #expect(workers.state.withLock { $0.thresholds.count } == 2)
  }

  @Test("The open second is a window when the recorder stops")
  func lastSecond() throws {
    let workers = Workers()
    let (windows, recorder) = try start(workers)
    windows.with { $0.local.flags[0].isOnDisk = true }
    workers.serve(3, user: 1)
    recorder.turn(at: moment(1_000))
    workers.serve(4, user: 2)
    recorder.turn(at: moment(1_600))
    recorder.stop()
    let records = windows.with { $0.local.takeUnsaved(namesFlags: true).records }
    var again = LocalWindows(names: [flagName], at: moment(2_000))
    again.restore(records)
    again.publish(try inForce(10), at: moment(2_000))
    let seconds = again.chart(bySeconds: true).windows
    #expect(seconds.map(\.tally.legacy.requests) == [3, 4])
    #expect(seconds.map(\.milliseconds) == [1_000, 600])
  }

  @Test("Several changes at once are all marks, and the last is in force")
  func changes() throws {
    let workers = Workers()
    let (windows, recorder) = try start(workers)
    for revision in 2...5 { recorder.publish(try inForce(Double(revision * 10), revision: revision)) }
    recorder.turn(at: moment(500))
    let marks = windows.with { $0.local.chart(bySeconds: true).marks }
    #expect(marks.map(\.revision) == [1, 2, 3, 4, 5])
    #expect(windows.with { $0.local.flag(0)?.percentage.number } == 50)
  }
}
