import FlagStore
import Flags
import Statistics
import Synchronization
import Testing

@testable import CohortWindows

/// The recorder with a virtual clock and counters that the test fills.
@Suite struct RecorderTests {
  private final class Workers: Sendable {
    let state = Mutex((counters: Counters(), renewals: 0, references: [LatencyThresholds]()))

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
        setReference: { [self] _, reference in state.withLock { $0.references.append(reference) } })
    }

    func serve(_ requests: UInt64, user: UInt32, milliseconds: UInt64 = 20) {
      state.withLock { $0.counters.serve(requests, user: user, unified: false, milliseconds: milliseconds) }
    }
  }

  private func start(_ workers: Workers) throws -> (Books, WindowRecorder) {
    let books = Books(WindowBook(names: [flagName], at: moment(0)))
    let recorder = try WindowRecorder(books, workers.sources)
    recorder.publish(try inForce(10))
    recorder.turn(at: moment(0))
    return (books, recorder)
  }

  @Test("Users are sampled anew at each minute and each change, and everybody is in the window of his time")
  func users() throws {
    let workers = Workers()
    let (books, recorder) = try start(workers)
    for second in 1...130 {
      workers.serve(1, user: UInt32(second))
      if second == 90 { recorder.publish(try inForce(20, revision: 2)) }
      recorder.turn(at: moment(second * 1_000))
    }
    #expect(workers.state.withLock { $0.renewals } == 4)
    let measured = try #require(books.with { $0.own.measured(.since(seconds: 900), at: 130_000) })
    #expect(measured.parts.map { $0.tally.users.estimate(cohort: 0) } == [90, 40])
    #expect(measured.parts.map(\.tally.requests) == [90, 40])
  }

  @Test("The references are legacy's 95th and 99th percentile, when there is enough of it, of the last 15 minutes")
  func reference() throws {
    let workers = Workers()
    let (_, recorder) = try start(workers)
    workers.serve(199, user: 1)
    recorder.turn(at: moment(60_000))
    #expect(workers.state.withLock { $0.references } == [])
    #expect(recorder.reference(flag: 0) == nil)
    workers.serve(94, user: 1)
    workers.serve(10, user: 2, milliseconds: 500)
    recorder.turn(at: moment(120_000))
    let first = try #require(workers.state.withLock { $0.references }.last)
    // 293 of 20 ms and 10 of 500 ms, and a millisecond more.
    #expect(recorder.reference(flag: 0) == first)
    #expect(abs(Double(first.slow) / 21_000_000 - 1) < 0.01)
    #expect(abs(Double(first.slowest) / 500_000_000 - 1) < 0.01)
    workers.serve(50, user: 3, milliseconds: 500)
    recorder.turn(at: moment(180_000))
    let second = try #require(workers.state.withLock { $0.references }.last)
    #expect(abs(Double(second.slow) / 500_000_000 - 1) < 0.01)
    #expect(second.slowest == second.slow)
    // Nothing for 20 minutes: it stays.
    for minute in 4...20 { recorder.turn(at: moment(minute * 60_000)) }
    #expect(workers.state.withLock { $0.references }.last == second)
  }

  @Test("The first references do not wait for the end of a minute; from then on they change once a minute")
  func firstReference() throws {
    let workers = Workers()
    let (_, recorder) = try start(workers)
    workers.serve(199, user: 1)
    recorder.turn(at: moment(1_000))
    #expect(workers.state.withLock { $0.references } == [])
    workers.serve(1, user: 2)
    recorder.turn(at: moment(2_000))
    #expect(workers.state.withLock { $0.references.count } == 1)
    workers.serve(500, user: 3, milliseconds: 80)
    for second in 3...59 { recorder.turn(at: moment(second * 1_000)) }
    #expect(workers.state.withLock { $0.references.count } == 1)
    recorder.turn(at: moment(60_000))
    #expect(workers.state.withLock { $0.references.count } == 2)
  }

  @Test("The open second is a window when the recorder stops")
  func lastSecond() throws {
    let workers = Workers()
    let (books, recorder) = try start(workers)
    books.with { $0.own.flags[0].isOnDisk = true }
    workers.serve(3, user: 1)
    recorder.turn(at: moment(1_000))
    workers.serve(4, user: 2)
    recorder.turn(at: moment(1_600))
    recorder.stop()
    let records = books.with { $0.own.takeUnsaved(namesFlags: true).records }
    var again = WindowBook(names: [flagName], at: moment(2_000))
    again.restore(records)
    again.publish(try inForce(10), at: moment(2_000))
    let windows = again.charted(bySeconds: true).windows
    #expect(windows.map(\.tally.legacy.requests) == [3, 4])
    #expect(windows.map(\.milliseconds) == [1_000, 600])
  }

  @Test("Several changes at once are all marks, and the last is in force")
  func changes() throws {
    let workers = Workers()
    let (books, recorder) = try start(workers)
    for revision in 2...5 { recorder.publish(try inForce(Double(revision * 10), revision: revision)) }
    recorder.turn(at: moment(500))
    let marks = books.with { $0.own.charted(bySeconds: true).marks }
    #expect(marks.map(\.revision) == [1, 2, 3, 4, 5])
    #expect(books.with { $0.own.flag(0)?.percentage.number } == 50)
  }
}
