/// All that Redis holds of one owner, in both layouts, as it was at one moment.
package struct StoredContext: Sendable, Equatable {
  package var owner: ContextOwner
  package var legacy: StoredValue
  /// The UUID of the current conversation.
  package var current: StoredValue
  /// The parts of the conversation that `current` names; nil when it names none.
  package var conversation: StoredParts?
  /// Those of the conversation that the migration makes of the legacy key, where it was asked for.
  package var derived: StoredParts?
  /// The legacy key was migrated and not written since (`MigratedMarker`), where the longest lifetime was told.
  package var isKept = false
}

/// The three parts of a conversation.
package struct StoredParts: Sendable, Equatable {
  package var id: ConversationID
  package var history: StoredValue
  package var state: StoredValue
  package var meta: StoredValue

  package subscript(part: ConversationPart) -> StoredValue {
    switch part {
    case .history: history
    case .state: state
    case .meta: meta
    }
  }

  /// None of it is there.
  package var isMissing: Bool { history.isMissing && state.isMissing && meta.isMissing }
}
