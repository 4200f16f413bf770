/// What is known of the Redis that holds the contexts.
package struct ContextReading: Sendable, Equatable {
  /// The keys of contexts, as the last complete walk found them.
  package struct Counted: Sendable, Equatable {
    /// By kind; a kind without keys is missing.
    package var keys: [ContextKeyKind: UInt64]
    /// When the walk was complete, in seconds since 1970.
    package var atSeconds: Int

    package init(keys: [ContextKeyKind: UInt64], atSeconds: Int) {
      self.keys = keys
      self.atSeconds = atSeconds
    }
  }

  /// Whether it answered when it was last asked.
  package var isUp = false
  /// For all that it holds; nil: it is away, or does not tell.
  package var usedMemoryBytes: UInt64?
  /// All keys of the database, of whatever kind; nil: it is away, or does not tell.
  package var keys: UInt64?
  /// Stays while it is away; nil: no walk was complete yet.
  package var counted: Counted?

  package init() {}
}
