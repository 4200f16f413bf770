internal import Reactor

/// Which event of a flag is due when, without clock or thread. Times are nanoseconds of the monotonic clock.
///
/// A change of what is in force is due at once. The audit trail is due with it and once more a little later: a change made
/// behind Turnout's back is written into the trail only after it is in force.
struct EventSchedule {
  enum Event: CaseIterable {
    case status, windows, comparison, audit
  }

  /// What causes events as soon as it changes.
  struct State: Equatable {
    var generation: UInt64
    var isKilledLocally: Bool
    var isSourceValid: Bool
    var isSourceAway: Bool
    var isStoreLost: Bool
    var isDraining: Bool
  }

  private static let statusPeriod = Duration.seconds(5)
  private static let windowsPeriod = Duration.seconds(1)
  private static let comparisonPeriod = Duration.seconds(2)
  private static let auditDelay = Duration.seconds(2)
  /// A new subscriber need not wait for a whole period, and subscribers who come and go cannot cause comparisons without a
  /// pause.
  private static let comparisonPause = Duration.seconds(1)

  private var seen: State?
  private var status = Deadline(nanoseconds: 0)
  private var windows = Deadline(nanoseconds: 0)
  private var comparison = Deadline(nanoseconds: 0)
  private var earliestComparison = Deadline(nanoseconds: 0)
  private var audit = Deadline.never

  mutating func takeDue(now: UInt64, _ state: State) -> [Event] {
    let isDue = { (deadline: Deadline) in now >= deadline.nanoseconds }
    let hasChanged = state != seen
    seen = state
    var due: [Event] = []
    if hasChanged { due.append(.audit) }
    if hasChanged || isDue(status) {
      due.append(.status)
      status = Deadline(after: Self.statusPeriod, from: now)
    }
    if hasChanged {
      audit = Deadline(after: Self.auditDelay, from: now)
    } else if isDue(audit) {
      due.append(.audit)
      audit = .never
    }
    if isDue(windows) {
      due.append(.windows)
      windows = Deadline(after: Self.windowsPeriod, from: now)
    }
    if isDue(comparison) {
      due.append(.comparison)
      comparison = Deadline(after: Self.comparisonPeriod, from: now)
      earliestComparison = Deadline(after: Self.comparisonPause, from: now)
    }
    return due
  }

  /// Brings the next comparison forward for a new subscriber.
  mutating func addSubscriber(now: UInt64) {
    comparison = min(comparison, max(Deadline(nanoseconds: now), earliestComparison))
  }

  var next: Deadline { [status, windows, comparison, audit].min() ?? .never }
}
