package import Flags

/// What a store has, as far as it is asked.
package struct StoredFlags: Sendable, Equatable {
  /// In the order of the names that were asked for.
  package var flags: [Flag]
  /// Of this life of the store, for one that forgets when it ends: a Redis server's run_id.
  package var storeID: String?

  package init(flags: [Flag], storeID: String? = nil) {
    self.flags = flags
    self.storeID = storeID
  }
}

/// What to do when the store is away for long.
package enum StoreLossPolicy: Sendable, Equatable {
  /// The last good flags stay in force.
  case hold
  /// Everyone to `legacy` after so long, until the store is back.
  case legacy(afterNanoseconds: UInt64)
}

/// The kill switch of one proxy, which outranks the store.
package struct LocalKill: Codable, Sendable, Equatable {
  /// RFC 3339.
  package var at: String
  package var by: String
  package var reason: String?
  /// Whether what was under way to `unified` was closed.
  package var hard: Bool

  package init(by: String, reason: String? = nil, hard: Bool = false, at: Int = Timestamp.nowSeconds()) {
    self.at = Timestamp.text(seconds: at)
    self.by = by
    self.reason = reason
    self.hard = hard
  }

  var ending: String { "turnout restore --local ends it" }
}
