/// What is to be done about one user, and why: a value, which reads and writes nothing.
struct TransferPlan: Sendable {
  var outcome: TransferOutcome
  /// In one transaction, or none of them.
  var writes: [KeyWrite] = []
  /// What an operator should know besides.
  var notes: [UnreadableValue] = []

  init(_ outcome: TransferOutcome, _ writes: [KeyWrite] = []) {
    self.outcome = outcome
    self.writes = writes
  }
}

package enum TransferOutcome: Sendable, Equatable {
  /// Written to the other side: something new there, or what it lacked.
  case written(isNew: Bool, messages: Int)
  /// Both sides have the same.
  case same
  /// The other side was used since; it is left as it is.
  case ahead
  /// Nothing is there any more.
  case gone
  /// The user erased it on one side; it is erased on the other, or not brought back.
  case erased
  /// Erased or evicted: nobody can tell. It is left and listed.
  case uncertain
  /// The application's database has no conversation in which it would look for it. Nothing is written.
  case noConversation
  case unreadable(UnreadableValue)
}

/// Plans for one role, in both directions.
struct TransferPlanner: Sendable {
  let keys: ContextKeys
  let mapping: Mapping
  let life: TransferLife
  /// Whether the server has evicted keys since it started.
  let hasEvictions: Bool

  init(_ layout: RoleLayout, recordSeconds: Int, hasEvictions: Bool) {
    keys = ContextKeys(layout: layout)
    mapping = Mapping(layout)
    life = TransferLife(standard: layout.lifetime * 1_000, record: recordSeconds * 1_000)
    self.hasEvictions = hasEvictions
  }

  var history: Int { keys.layout.unified.historyLimit }

  /// The conversation that was used last.
  func current(_ view: ContextView) -> ContextView.Conversation? {
    view.conversations.max { ($0.activity, $0.id.text) < ($1.activity, $1.id.text) }
  }
}
