internal import Bytes
internal import Flags
internal import Statistics

/// When the requests under way to `unified` end, flag by flag: after a kill, when the grace period is over; after a hard
/// kill, at once; never when the flag is enabled again before. Times are monotonic nanoseconds.
struct KillPlan {
  private struct Entry {
    var killedAt: UInt64?
    var endsAt = UInt64.max
  }

  /// `nil` means requests may finish.
  private let grace: UInt64?
  private var entries: [Entry]
  /// The earliest end of all; the only thing that a turn of the loop reads.
  private(set) var next = UInt64.max

  init(flagCount: Int, grace: UInt64?) {
    self.grace = grace
    entries = Array(repeating: Entry(), count: flagCount)
  }

  /// Takes in what a new snapshot says of a flag.
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

  /// A flag whose requests end now, each kill once.
  mutating func takeDue(now: UInt64) -> Int? {
    guard next <= now, let flag = entries.firstIndex(where: { $0.endsAt <= now }) else { return nil }
    entries[flag].endsAt = .max
    next = entries.reduce(.max) { min($0, $1.endsAt) }
    return flag
  }
}

extension Worker {
  /// Called for every new snapshot. The kill switch wakes the worker, so that none waits for a request.
  mutating func noteKills() {
    for flag in 0..<snapshot.count {
      killPlan.note(
        flag, isEnabled: snapshot.flags[flag].isEnabled, isHard: snapshot.flags[flag].isHardKill, now: now)
    }
  }

  /// Ends the requests to `unified` of the flags that are due. One without a response yet gets 503; a response that has begun
  /// can only be cut.
  mutating func endKilled() {
    while let flag = killPlan.takeDue(now: now) {
      for index in 0..<clients.count where isUnderWay(index, flag) {
        count(.killed)
        respond(index, .killed)
        continueClient(index)
      }
    }
  }

  private func isUnderWay(_ index: Int, _ flag: Int) -> Bool {
    switch clients[index].phase {
    case .queued, .connecting, .exchanging: break
    case .free, .head, .responding, .draining, .lingering: return false
    }
    let exchange = clients[index].exchange
    return exchange.isDecided && exchange.cohort == .unified && exchange.group == flag
  }
}
