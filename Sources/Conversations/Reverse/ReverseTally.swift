/// What a run of the reverse migration did, or would do.
package struct ReverseTally: Sendable, Equatable {
  /// Users with a current conversation who were asked for.
  package var users = 0
  /// Users who were not asked for.
  package var passedOver = 0
  /// Of those: something was said on unified that would go back (`ReverseMigration.looksAtOthers`).
  package var passedOverChanged = 0
  package var unchanged = 0
  package var expired = 0
  package var written = 0
  /// Of those written: without a legacy key before.
  package var created = 0
  /// Messages that legacy has now and did not have.
  package var messages = 0
  /// Messages that are older than those that the conversations keep.
  package var lost = 0
  package var unreadable = 0
  /// Written to by others at every attempt.
  package var busy = 0

  package var seen: Int { users + passedOver }

  package init() {}

  mutating func add(_ write: ReverseWrite) {
    written += 1
    created += write.isNew ? 1 : 0
    messages += write.added
    lost += write.lost
  }
}

/// What is told while it runs.
package enum ReverseEvent: Sendable, Equatable {
  /// Written, or, in a dry run, what would be.
  case wrote(ReverseWrite)
  case unreadable(ContextOwner?, UnreadableValue)
  /// Others wrote to this one at every attempt; it stays as it is.
  case busy(ContextOwner)
  /// After each batch, with the share of the keys that was gone through, 0 to 1.
  case progress(ReverseTally, share: Double)
}
