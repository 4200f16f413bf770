internal import Redis

/// What a run would write of one context: exactly these keys, values and lifetimes.
package struct MigrationPreview: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: [UInt8]
  }

  package var owner: ContextOwner
  package var id: ConversationID
  /// There is a conversation of an earlier run that would get what it lacks; else it would be a new one.
  package var isMerge: Bool
  /// In the order in which they would be written.
  package var entries: [Entry]
  /// Of the entries, in milliseconds: what the legacy key has left at this moment. Of a merge at least this.
  package var lifetime: Int
  /// Of the legacy key from then on, in milliseconds; nil: as it is.
  package var legacyLifetime: Int?
}

extension Migration {
  /// Tells what `run` would write. It reads, and writes nothing at all.
  package func preview(
    _ progress: MigrationProgress, isCancelled: () -> Bool = { false },
    onUnreadable: @escaping @Sendable (UnreadableContext) -> Void, _ show: ([MigrationPreview]) -> Void
  ) throws(MigrationError) {
    var finding = try LegacyFinding(self, progress)
    var connection = try place.connectForRun("turnout-migrate-look")
    while !isCancelled(), let batches = try finding.next() {
      for batch in batches where !isCancelled() {
        let reading = LegacyReading(migration: self, role: batch.role, progress: progress, onUnreadable: onUnreadable)
        var waiting = batch.keys
        while !waiting.isEmpty {
          let (items, later) = try reading.plan(waiting, &connection)
          let found = try failing { () throws(RedisError) in try ConversationMerger.look(at: items, &connection) }
          show(zip(items, found).compactMap { preview($0, $1, progress, onUnreadable) })
          waiting = later
        }
      }
    }
  }

  private func preview(
    _ item: MigrationItem, _ found: (StoredConversation?, CatchUp)?, _ progress: MigrationProgress,
    _ onUnreadable: (UnreadableContext) -> Void
  ) -> MigrationPreview? {
    switch found {
    case nil:
      progress.count { $0.migrated += 1 }
      let conversation = item.conversation
      return preview(
        item, conversation.id, [conversation.history, conversation.state, conversation.meta], isMerge: false)
    case (let stored?, .behind(let history, let state, let meta))?:
      progress.count { $0.merged += 1 }
      return preview(item, stored.id, [history, state, meta], isMerge: true)
    case (_, .unreadable(let reason))?:
      progress.count { $0.unreadable += 1 }
      onUnreadable(UnreadableContext(key: item.key, reason: reason))
    case (_, .live)?: progress.count { $0.live += 1 }
    case (_, .present)?, (nil, .behind)?: progress.count { $0.present += 1 }
    }
    return nil
  }

  private func preview(
    _ item: MigrationItem, _ id: ConversationID, _ values: [[UInt8]], isMerge: Bool
  ) -> MigrationPreview {
    let owner = item.owner
    let times = times(owner.role)
    var entries = zip([ConversationPart.history, .state, .meta], values).map {
      MigrationPreview.Entry(key: owner.key(of: $0, id), value: $1)
    }
    if !isMerge { entries.append(MigrationPreview.Entry(key: owner.currentKey, value: Array(id.text.utf8))) }
    return MigrationPreview(
      owner: owner, id: id, isMerge: isMerge, entries: entries, lifetime: times.conversation(remaining: item.left),
      legacyLifetime: item.left.flatMap { $0 < times.legacy ? times.legacy : nil })
  }
}
