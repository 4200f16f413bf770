/// The result of comparing a conversation with the legacy context it came from.
package enum VerifyOutcome: Sendable, Equatable {
  /// Field by field.
  case same
  /// Messages were added since; all earlier ones that fit are still there.
  case liveSince
  /// The user's conversation began on unified; there is nothing to compare it with.
  case begunOnUnified
  /// Messages were added on legacy since: to be migrated again.
  case legacySince
  case differs([FieldDifference])
  /// There is no conversation.
  case notMigrated
  /// It was migrated, and the conversation has expired since.
  case expired
  /// It was migrated, and its user has erased the conversation since.
  case erased
  /// It lies in a conversation in which the application will not look.
  case misplaced(ConversationID)
  /// The legacy context has expired or was removed. The conversation is valid.
  case legacyGone
  case unreadable(UnreadableValue)
}

/// The number of contexts per outcome.
package struct VerifyTally: Sendable, Equatable {
  package var same = 0
  package var liveSince = 0
  package var begunOnUnified = 0
  package var legacySince = 0
  package var differs = 0
  package var notMigrated = 0
  package var expired = 0
  package var erased = 0
  package var misplaced = 0
  package var legacyGone = 0
  package var unreadable = 0
  /// Counts users outside the selection.
  package var outside = 0
  /// Context keys in either layout, including those without an outcome.
  package var found = 0

  package init() {}

  package var compared: Int {
    same + liveSince + begunOnUnified + legacySince + differs + notMigrated + expired + erased + misplaced
      + legacyGone + unreadable
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
    case .erased: erased += 1
    case .misplaced: misplaced += 1
    case .legacyGone: legacyGone += 1
    case .unreadable: unreadable += 1
    }
  }
}

/// A field that differs from the legacy context, or that is invalid.
package struct FieldDifference: Sendable, Equatable {
  /// `meta.role`, `history[3].content`, `state`, `current`, `history.ttl`.
  package var field: String
  /// `nil` means no value is expected.
  package var expected: String?
  /// `nil` means there is no value.
  package var found: String?

  /// A report quotes at most this many characters of a value.
  private static let quoted = 200

  init(_ field: String, expected: String?, found: String?) {
    self.field = field
    self.expected = expected.map { String($0.prefix(Self.quoted)) }
    self.found = found.map { String($0.prefix(Self.quoted)) }
  }

  init(_ field: String, expected: [UInt8]?, found: [UInt8]?) {
    self.init(
      field, expected: expected.map { String(decoding: $0, as: UTF8.self) },
      found: found.map { String(decoding: $0, as: UTF8.self) })
  }

  init(_ field: String, expected: Int?, found: Int?) {
    self.init(field, expected: expected.map { "\($0)" }, found: found.map { "\($0)" })
  }
}
