package import Reactor
package import Redis
internal import Synchronization

/// The outcomes of the legacy contexts that a run has seen so far.
package struct MigrationTally: Sendable, Equatable, Encodable {
  /// New conversations.
  package var migrated = 0
  /// Conversations of an earlier run that got the messages added on legacy since.
  package var merged = 0
  /// Migrated by an earlier run, and unchanged on legacy since.
  package var present = 0
  /// The user's conversation began on unified; it is unchanged.
  package var live = 0
  /// Expired or removed during the run.
  package var gone = 0
  /// Unreadable; unchanged and listed.
  package var unreadable = 0
  /// Outside the selection.
  package var outside = 0

  package var seen: Int { migrated + merged + present + live + gone + unreadable + outside }

  var written: Int { migrated + merged }

  package init() {}
}

/// The progress of a run, for observers on other threads.
package final class MigrationProgress: Sendable {
  private struct State {
    var tally = MigrationTally()
    var share = 0.0
  }

  private let state = Mutex(State())

  package init() {}

  package var tally: MigrationTally { state.withLock { $0.tally } }
  /// The scanned share of the server's keys, 0 ... 1.
  package var share: Double { state.withLock { $0.share } }

  func count(_ change: (inout MigrationTally) -> Void) { state.withLock { change(&$0.tally) } }
  func reach(_ share: Double) { state.withLock { $0.share = share } }
}

/// An unreadable context. It is unchanged.
package struct UnreadableContext: Sendable, Equatable {
  /// Any bytes.
  package var key: [UInt8]
  package var reason: String

  package init(key: [UInt8], reason: String) {
    self.key = key
    self.reason = reason
  }
}

/// Why a migration ended early. What was written until then stays, and the next run continues.
package enum MigrationError: Error, Sendable, CustomStringConvertible {
  case redis(RedisError)
  /// The message source failed.
  case messages(MessageSourceError)
  case system(SystemError)
  /// What lies in Redis does not fit the layout. Nothing was written.
  case layout([String])
  /// No file for the keys in the folder for temporary files, or it takes no more.
  case temporaryFile

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .messages(let error): "the messages could not be read: \(error)"
    case .system(let error): error.description
    case .layout(let objections): objections.joined(separator: "; ")
    case .temporaryFile:
      "the folder for temporary files takes no file for the keys. Set TMPDIR to a folder on a disk with room"
    }
  }
}
