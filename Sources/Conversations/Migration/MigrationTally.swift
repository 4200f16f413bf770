internal import Synchronization

/// What became of the legacy contexts that a run has seen so far.
package struct MigrationTally: Sendable, Equatable {
  /// New conversations.
  package var migrated = 0
  /// Conversations of an earlier run, to which was added what was said on legacy since.
  package var merged = 0
  /// In an earlier run, and nothing was said on legacy since.
  package var present = 0
  /// The user has a conversation that was begun on unified; it stays as it is.
  package var live = 0
  /// Expired or removed while the run was at it.
  package var gone = 0
  /// Left as they are, and listed.
  package var unreadable = 0
  /// Of users who were not asked for.
  package var outside = 0

  package var seen: Int { migrated + merged + present + live + gone + unreadable + outside }

  var written: Int { migrated + merged }

  package init() {}
}

/// How far a run is, for whoever looks on.
package final class MigrationProgress: Sendable {
  private struct State {
    var tally = MigrationTally()
    var share = 0.0
  }

  private let state = Mutex(State())

  package init() {}

  package var tally: MigrationTally { state.withLock { $0.tally } }
  /// Of the keys of the server that were looked at: 0 to 1.
  package var share: Double { state.withLock { $0.share } }

  func count(_ change: (inout MigrationTally) -> Void) { state.withLock { change(&$0.tally) } }
  func reach(_ share: Double) { state.withLock { $0.share = share } }
}

/// A context that was left as it is.
package struct UnreadableContext: Sendable, Equatable {
  /// Any bytes.
  package var key: [UInt8]
  package var reason: String

  package init(key: [UInt8], reason: String) {
    self.key = key
    self.reason = reason
  }
}
