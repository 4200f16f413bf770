/// How a conversation stands to the legacy context that it came from.
package enum VerifyOutcome: Sendable, Equatable {
  /// Field by field.
  case same
  /// Something was said in it since, and all that was there before is still there, as far as messages are kept.
  case liveSince
  /// Its user has a conversation that was begun on unified. There is nothing to compare it with.
  case begunOnUnified
  /// Something was said on legacy since: to be migrated again.
  case legacySince
  case differs([FieldDifference])
  /// There is no conversation.
  case notMigrated
  /// It was migrated, and the conversation has expired since.
  case expired
  /// The legacy context has expired or was removed. The conversation is whole.
  case legacyGone
  case unreadable(UnreadableValue)
}

/// How many of each.
package struct VerifyTally: Sendable, Equatable {
  package var same = 0
  package var liveSince = 0
  package var begunOnUnified = 0
  package var legacySince = 0
  package var differs = 0
  package var notMigrated = 0
  package var expired = 0
  package var legacyGone = 0
  package var unreadable = 0
  /// Of users who were not asked for.
  package var outside = 0
  /// Keys that were found, of contexts in either layout, also of those of whom nothing is to be said.
  package var found = 0

  package init() {}

  package var compared: Int {
    same + liveSince + begunOnUnified + legacySince + differs + notMigrated + expired + legacyGone + unreadable
  }

  mutating func add(_ outcome: VerifyOutcome) {
    switch outcome {
    case .same: same += 1
    case .liveSince: liveSince += 1
    case .begunOnUnified: begunOnUnified += 1
    case .legacySince: legacySince += 1
    case .differs: differs += 1
    case .notMigrated: notMigrated += 1
    case .expired: expired += 1
    case .legacyGone: legacyGone += 1
    case .unreadable: unreadable += 1
    }
  }
}
