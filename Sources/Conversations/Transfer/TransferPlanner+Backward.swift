/// Back to legacy: what was done on unified, in the bytes of the legacy value.
extension TransferPlanner {
  func reverse(_ stored: StoredContext) -> TransferPlan {
    do throws(UnreadableValue) { return try back(stored) } catch { return TransferPlan(.unreadable(error)) }
  }

  private func back(_ stored: StoredContext) throws(UnreadableValue) -> TransferPlan {
    let view = try ContextView(stored, keys, mapping)
    if !view.used.isEmpty { return try writeBack(view) }
    if !view.erased.isEmpty { return erasedOnUnified(view) }
    guard let last = view.conversations.max(by: { $0.activity < $1.activity }) else {
      return TransferPlan(view.legacy == nil ? .gone : .same)
    }
    if view.legacy != nil { return TransferPlan(.same) }
    if view.isLegacyExpected { return TransferPlan(hasEvictions ? .uncertain : .erased) }
    return try writeBack(view, [last])
  }

  /// A conversation is gone before its life was over, and no other was used since: its user erased the context.
  private func erasedOnUnified(_ view: ContextView) -> TransferPlan {
    if view.legacy == nil { return TransferPlan(.gone) }
    if view.legacyHasChanged(since: nil, mapping) { return TransferPlan(.ahead) }
    if hasEvictions { return TransferPlan(.uncertain) }
    return TransferPlan(.erased, [.delete(view.legacyKey), .delete(keys.record(view.stored.user))])
  }

  /// - Parameter used: those that are carried over, one after the other; nil: all that were used.
  private func writeBack(
    _ view: ContextView, _ used: [ContextView.Conversation]? = nil
  ) throws(UnreadableValue) -> TransferPlan {
    let (user, used) = (view.stored.user, used ?? view.used)
    guard let last = used.last else { return TransferPlan(.same) }
    // A value with messages keeps as many as it has, and those of unified that it lacks.
    let held = view.legacy?.messages ?? []
    let messages = used.reduce(held) { MessageMerge.merge($0, $1.history) }.suffix(max(history, held.count))
    // What its user erased on unified, before another conversation began there, does not come back.
    let isErased =
      !view.erased.isEmpty && used.allSatisfy { $0.synced == nil } && !view.legacyHasChanged(since: nil, mapping)
    let base = isErased ? nil : view.legacyPart.document ?? view.stored.record?.legacy
    let (value, agreed) = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      func carried(_ rows: (ContextView.Conversation) throws(MappingError) -> Set<Int>?) throws(MappingError)
        -> StoredDocument
      {
        var value = base
        for conversation in used {
          value = try mapping.backward(
            conversation.values, history: Array(messages), into: value, user: user,
            rows: value == nil ? nil : try rows(conversation))
        }
        return value ?? .json([])
      }
      let value = try carried { (conversation) throws(MappingError) in try rows(of: conversation, view) }
      // Where legacy was used, too, it has what unified lacks: it counts as changed until the next migration.
      let isBoth = view.legacy != nil && view.legacyHasChanged(since: last, mapping)
      return (value, isBoth ? try carried { (_) throws(MappingError) in nil } : value)
    }
    if let legacy = view.legacy, value == legacy.value, view.stored.record?.legacy == value {
      return TransferPlan(.ahead)
    }
    let left = life.moved(source: last.parts.meta.left, replaced: view.legacyPart)
    var writes = [KeyWrite(view.legacyKey, value, life: left)]
    var synced = (view.stored.record?.synced ?? [:]).filter { id, _ in view.conversations.contains { $0.id == id } }
    for conversation in used {
      let left = conversation.parts.meta.left
      let isBegun = conversation.synced == nil || view.stored.record?.synced[conversation.id]?.isBegun == true
      synced[conversation.id] = SyncRecord.Synced(
        digest: conversation.digest, until: left.map { view.stored.now + $0 }, isBegun: isBegun)
      let meta = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
        try mapping.setting(conversation.digest, in: conversation.values.meta)
      }
      if meta != conversation.values.meta {
        writes.append(KeyWrite(keys.part(.meta, user, conversation.id), meta, life: left))
      }
    }
    let record = SyncRecord(
      key: view.legacyKey, movedAt: view.stored.now, until: left.map { view.stored.now + $0 }, synced: synced,
      legacy: agreed)
    writes.append(KeyWrite(keys.record(user), value: .json(record.bytes), life: life.record(moved: left)))
    let added = keys.layout.legacy.messages == nil ? 0 : max(messages.count - held.count, 0)
    return TransferPlan(.written(isNew: view.legacy == nil, messages: added), writes)
  }

  /// What a conversation changes in the legacy value: the rows in which it differs from what both sides last agreed on, or, if it
  /// began on unified, from what a context begins with. Where legacy was used since and later, its own changes stay.
  private func rows(
    of conversation: ContextView.Conversation, _ view: ContextView
  ) throws(MappingError) -> Set<Int>? {
    let user = view.stored.user
    let agreed = try view.stored.record?.legacy.map { kept throws(MappingError) in
      try mapping.meaning(ofLegacy: try mapping.legacy(kept, user: user))
    }
    let isBegun = conversation.synced == nil
    let start = try isBegun ? mapping.beginning(user: user) : agreed
    guard let start else { return nil }
    var rows = conversation.meaning.rows(differingFrom: start)
    if let legacy = view.legacy, legacy.updatedMilliseconds > conversation.activity,
      isBegun || view.legacyHasChanged(since: conversation, mapping)
    {
      let mine = try mapping.meaning(ofLegacy: legacy)
      rows.subtract(agreed.map { mine.rows(differingFrom: $0) } ?? mine.rows(differingFrom: start))
    }
    return rows
  }
}
