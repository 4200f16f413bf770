package import Flags
internal import Logging
internal import Reactor
import Synchronization

/// Which flags are in force when the store is not the only source. The first that applies wins:
///
///     1. local kill         everyone to `legacy`, until an operator ends it; survives a restart
///     2. store lost         everyone to `legacy`, with `flag_store.on_loss: legacy after ...`, until the store is back
///     3. store              the flags as they were last read, also while an invalid change or an outage lasts
///     4. last good flags    saved on disk by an earlier run, for a start without the store (`LastGood`)
///     5. initial flags      the environment, else off (`InitialFlags`)
///
/// `FlagsInForce.begin` chooses among 3 to 5 at the start; this type lays 1 and 2 over that.
enum Precedence {
  static func flags(stored: [Flag], localKill: LocalKill?, isStoreLost: Bool) -> [Flag] {
    guard localKill != nil || isStoreLost else { return stored }
    return stored.map(FlagEdit.kill(hard: localKill?.hard == true).apply)
  }
}

/// What a store holds of the flags in use.
package struct StoredFlags: Sendable, Equatable {
  /// In the order of the requested names.
  package var flags: [Flag]
  /// Identifies this run of a store that may lose its data with it: a Redis server's run_id.
  package var storeID: String?

  package init(flags: [Flag], storeID: String? = nil) {
    self.flags = flags
    self.storeID = storeID
  }
}

/// What to do during a long outage of the store (`flag_store.on_loss`).
package enum StoreLossPolicy: Sendable, Equatable {
  /// The last good flags stay in force.
  case hold
  /// Everyone to `legacy` after this time, until the store is back.
  case legacy(after: Duration)
}

/// The kill switch of one proxy, which outranks the store.
package struct LocalKill: Codable, Sendable, Equatable {
  /// RFC 3339.
  package var at: String
  package var by: String
  package var reason: String?
  /// Whether requests under way to `unified` were closed.
  package var hard: Bool

  package init(by: String, reason: String? = nil, hard: Bool = false, at: Int = Timestamp.nowSeconds()) {
    self.at = Timestamp.text(seconds: at)
    self.by = by
    self.reason = reason
    self.hard = hard
  }

  var ending: String { "turnout restore --local ends it" }
}

extension FlagsInForce {
  /// Sends everyone to `legacy` on this proxy. When it returns, every later decision of a worker follows. False: the kill
  /// could not be saved, so the next start will not know of it.
  @discardableResult
  package func killLocally(_ kill: LocalKill) -> Bool {
    state.withLock { state in
      state.status.localKill = kill
      refresh(&state)
      save(state)
    }
    let isSaved = writer?.flush() ?? false
    logger.warning("KILLED locally by \(kill.by): everyone goes to legacy; \(kill.ending)")
    return isSaved
  }

  /// Returns to the flags of the store. `isChange` is false without a local kill; `isKept` is false when the next start will
  /// not know that the kill ended.
  @discardableResult
  package func restoreLocally(by author: String) -> (isChange: Bool, isKept: Bool) {
    let wasKilled = state.withLock { state in
      guard state.status.localKill != nil else { return false }
      state.status.localKill = nil
      refresh(&state)
      save(state)
      return true
    }
    let isSaved = writer?.flush() ?? false
    if wasKilled { logger.notice("local kill ended by \(author): the flags of the store are in force again") }
    return (wasKilled, isSaved)
  }

  /// Once a second: sends everyone to `legacy` when the store has been lost for longer than `flag_store.on_loss` allows.
  package func tick() {
    guard case .legacy(let duration) = policy else { return }
    let isLostNow = state.withLock { state in
      guard let lostAt = state.lostAt, !state.status.isStoreLost,
        MonotonicClock.now() &- lostAt >= duration.nanoseconds
      else { return false }
      state.status.isStoreLost = true
      refresh(&state)
      return true
    }
    if isLostNow { logger.warning("the store has been away for too long: everyone goes to legacy until it is back") }
  }
}
