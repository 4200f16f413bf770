internal import Reactor
internal import Synchronization

/// What the access log's thread is told and what it tells.
final class AccessLogState: Sendable {
  /// Orders, or a ring that is filling up.
  let wakeup: Wakeup
  /// The last line is written, or given up.
  let finished: Wakeup
  private let reopenings = Atomic<UInt64>(0)
  /// In nanoseconds of the monotonic clock; 0: not ordered.
  private let deadline = Atomic<UInt64>(0)
  private let lines = Atomic<UInt64>(0)
  private let errors = Atomic<UInt64>(0)

  init() throws(SystemError) {
    wakeup = try Wakeup()
    finished = try Wakeup()
  }

  func orderReopening() {
    reopenings.wrappingAdd(1, ordering: .releasing)
    wakeup.wake()
  }

  func orderEnd(by moment: UInt64) {
    deadline.store(max(1, moment), ordering: .releasing)
    wakeup.wake()
  }

  /// How often it was to be opened anew.
  var orderedReopenings: UInt64 { reopenings.load(ordering: .acquiring) }
  /// Nil until the end is ordered.
  var endsBy: UInt64? {
    let moment = deadline.load(ordering: .acquiring)
    return moment == 0 ? nil : moment
  }

  func count(lines count: Int) { lines.wrappingAdd(UInt64(count), ordering: .relaxed) }
  func countError() { errors.wrappingAdd(1, ordering: .relaxed) }

  var lineCount: UInt64 { lines.load(ordering: .relaxed) }
  var errorCount: UInt64 { errors.load(ordering: .relaxed) }
}
