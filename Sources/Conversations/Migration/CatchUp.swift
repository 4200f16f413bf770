/// A conversation as it stands in the unified layout.
struct StoredConversation: Equatable {
  var id: ConversationID
  var history: [UInt8]
  var state: [UInt8]
  var meta: [UInt8]
}

/// What to do about a legacy context whose user has a conversation already.
enum CatchUp: Equatable {
  /// It was begun on unified; live ones win.
  case live
  /// It has all that the legacy context has.
  case present
  /// The new values of its keys.
  case behind(history: [UInt8], state: [UInt8], meta: [UInt8])
  case unreadable(String)

  /// Messages that it lacks come in at their time. The state is that of the layout on which something was said since both
  /// were the same: unified's, if on both.
  init(_ stored: StoredConversation, with item: MigrationItem) {
    var meta: ConversationMeta
    let held: [Message]
    do throws(JSONSyntaxError) {
      meta = try ConversationMeta(stored.meta)
      held = try Message.list(in: stored.history)
      _ = try JSONScanner.value(in: stored.state)
    } catch {
      self = .unreadable("its conversation \(stored.id.text) is not readable: expected \(error.expected)")
      return
    }
    guard meta.source == item.owner.legacyKey else {
      self = .live
      return
    }
    let merged = MessageMerge.merge(held, item.onLegacy, loosely: item.isFromElsewhere)
    let kept = Array(merged.suffix(Message.historyLimit))
    let state = meta.hasChanged ? stored.state : item.conversation.state
    guard Message.array(of: kept).count <= MigrationLimits.value, state.count <= MigrationLimits.value else {
      self = .unreadable("with what it lacks, its conversation \(stored.id.text) would be too large")
      return
    }
    guard kept != held || state != stored.state else {
      self = .present
      return
    }
    let added = Self.added(to: held, in: kept)
    let count = max(meta.messages ?? 0, held.count) + added
    if meta.hasChanged {
      // Both layouts have what was added: what legacy lacks is as much as before.
      meta.count(messages: count, synced: (meta.synced ?? 0) + added)
    } else {
      meta.markSynced(with: item.owner.legacyKey, messages: count)
    }
    meta.touch(at: max(meta.updatedAt ?? 0, item.updatedAt))
    self = .behind(history: Message.array(of: kept), state: state, meta: meta.bytes)
  }

  /// How many of `merged`, which has those of `held` in their order but perhaps not the first ones, are not of them.
  private static func added(to held: [Message], in merged: [Message]) -> Int {
    var rest = held[...]
    var added = 0
    for message in merged.reversed() {
      if message == rest.last { rest.removeLast() } else { added += 1 }
    }
    return added
  }
}
