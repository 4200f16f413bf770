/// Which event of a flag is due when: no clock, no thread. Moments are nanoseconds of the monotonic clock.
///
/// A change of what is in force is told at once, and the audit trail is looked at then and once more a little later:
/// what was changed behind our back is written into it only after it is in force.
struct EventSchedule {
  enum Event: CaseIterable {
    case status, windows, comparison, audit
  }

  /// What is told as soon as it changes.
  struct State: Equatable {
    var generation: UInt64
    var isKilledLocally: Bool
    var isSourceValid: Bool
    var isSourceAway: Bool
    var isStoreLost: Bool
    var isDraining: Bool
  }

  private static let second: UInt64 = 1_000_000_000
  private static let statusPeriod = 5 * second
  private static let windowsPeriod = second
  private static let comparisonPeriod = 2 * second
  private static let auditDelay = 2 * second
  /// Who comes later need not wait a whole period for a comparison, and those who come and go cannot have it made
  /// without a pause.
  private static let comparisonPause = second

  private var seen: State?
  private var status: UInt64 = 0
  private var windows: UInt64 = 0
  private var comparison: UInt64 = 0
  private var compared: UInt64?
  private var audit: UInt64?

  /// What is to be told now.
  mutating func takeDue(now: UInt64, _ state: State) -> [Event] {
    var due: [Event] = []
    if state != seen { due.append(.audit) }
    if state != seen || now >= status {
      due.append(.status)
      status = now + Self.statusPeriod
    }
    if state != seen { audit = now + Self.auditDelay }
    seen = state
    if let moment = audit, now >= moment {
      due.append(.audit)
      audit = nil
    }
    if now >= windows {
      due.append(.windows)
      windows = now + Self.windowsPeriod
    }
    if now >= comparison {
      due.append(.comparison)
      compared = now
      comparison = now + Self.comparisonPeriod
    }
    return due
  }

  /// Somebody has begun to listen.
  mutating func welcome(now: UInt64) {
    comparison = min(comparison, max(now, compared.map { $0 + Self.comparisonPause } ?? 0))
  }

  /// When to look again; windows come most often.
  var next: UInt64 { min(status, windows, comparison, audit ?? .max) }
}
