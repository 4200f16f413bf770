internal import Bytes

/// When what is under way to `unified` is to be ended, flag by flag: after a kill, when the grace is over; at once after
/// a hard one; never when the flag is back before that. Moments are monotonic nanoseconds.
struct KillPlan {
  private struct Entry {
    var killedAt: UInt64?
    var endsAt = UInt64.max
  }

  /// Nil: it is left to finish.
  private let grace: UInt64?
  private var entries: [Entry]
  /// The earliest moment of all; the only thing that a turn of the loop looks at.
  private(set) var next = UInt64.max

  init(flagCount: Int, grace: UInt64?) {
    self.grace = grace
    entries = Array(repeating: Entry(), count: flagCount)
  }

  /// What a new snapshot says of a flag.
  mutating func note(_ flag: Int, isEnabled: Bool, isHard: Bool, now: UInt64) {
    if isEnabled {
      entries[flag] = Entry()
    } else if isHard {
      entries[flag] = Entry(killedAt: now, endsAt: now)
    } else if entries[flag].killedAt == nil {
      entries[flag] = Entry(killedAt: now, endsAt: grace.map { now &+ $0 } ?? .max)
    }
    next = entries.reduce(.max) { min($0, $1.endsAt) }
  }

  /// A flag whose moment has come, each kill once.
  mutating func takeDue(now: UInt64) -> Int? {
    guard next <= now, let flag = entries.firstIndex(where: { $0.endsAt <= now }) else { return nil }
    entries[flag].endsAt = .max
    next = entries.reduce(.max) { min($0, $1.endsAt) }
    return flag
  }
}
