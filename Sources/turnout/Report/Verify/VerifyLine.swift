import Conversations

/// What is listed of one context that needs a look.
struct VerifyLine: Encodable {
  struct Field: Encodable {
    var field: String
    /// Nil: nothing.
    var expected: String?
    var found: String?
  }

  var key: String
  var outcome: String
  var fields: [Field]?
  /// Of what cannot be read: the key, which may be another than the context's, and why.
  var unreadable: UnreadableLine?

  /// Nil: there is nothing to look at.
  init?(_ key: String, _ outcome: VerifyOutcome) {
    self.key = key
    switch outcome {
    case .differs(let differences):
      self.outcome = "differs"
      fields = differences.map { Field(field: $0.field, expected: $0.expected, found: $0.found) }
    case .unreadable(let value):
      self.outcome = "unreadable"
      unreadable = UnreadableLine(UnreadableContext(key: value.bytes, reason: value.reason))
    case .legacySince: self.outcome = "legacy_since"
    case .same, .liveSince, .begunOnUnified, .notMigrated, .expired, .legacyGone: return nil
    }
  }
}
