/// To unified: which conversations get the legacy context, and what becomes of them.
extension TransferPlanner {
  /// A legacy context that is to be moved, and into which conversations.
  struct Move {
    var view: ContextView
    var legacy: LegacyDocument
    var targets: [ConversationID]
    /// Of these, those that are the same on both sides, where only the history may lack what was said last.
    var checked: Set<ConversationID> = []
  }

  enum Look {
    case plan(TransferPlan)
    case move(Move)
  }

  /// An application saves its context first, then its messages: what was moved within this time of the last use may lack the
  /// last ones. In milliseconds.
  private static let saving = 60_000

  /// - Parameter targets: the conversations in which the application will look, the newest first.
  func look(_ stored: StoredContext, targets: [ConversationID]) -> Look {
    do throws(UnreadableValue) { return try decide(stored, targets) } catch { return .plan(.init(.unreadable(error))) }
  }

  private func decide(_ stored: StoredContext, _ targets: [ConversationID]) throws(UnreadableValue) -> Look {
    let view = try ContextView(stored, keys, mapping)
    guard let legacy = view.legacy else { return .plan(erasedOnLegacy(view)) }
    if targets.isEmpty { return .plan(TransferPlan(.noConversation)) }
    var move = Move(view: view, legacy: legacy, targets: [])
    var known: Set<Known> = []
    for id in targets {
      if let conversation = view.conversations.first(where: { $0.id == id }) {
        if conversation.synced == nil {
          known.insert(.ahead)
        } else if view.legacyHasChanged(since: conversation, mapping) {
          move.targets.append(id)
        } else if conversation.hasChanged {
          known.insert(.ahead)
        } else {
          // The way back took what was done in another conversation of this user: legacy has more than this one.
          if try isSuperseded(conversation, view) {
            move.targets.append(id)
            continue
          }
          known.insert(.same)
          guard let record = stored.record, record.movedAt < legacy.updatedMilliseconds + Self.saving else { continue }
          move.targets.append(id)
          move.checked.insert(id)
        }
      } else if stored.record == nil || view.legacyHasChanged(since: nil, mapping) {
        move.targets.append(id)
      } else if !view.erased.isEmpty {
        known.insert(.erased)
      } else if view.hasBegun || !view.used.isEmpty {
        // The legacy context is that of before; what came of it is on unified.
        known.insert(.ahead)
      } else if stored.record?.synced[id] == nil {
        // A row that began since, before the user went on.
        move.targets.append(id)
      } else {
        known.insert(.gone)
      }
    }
    if !move.targets.isEmpty { return .move(move) }
    if known.contains(.ahead) { return .plan(TransferPlan(.ahead)) }
    if known.contains(.same) { return .plan(TransferPlan(.same)) }
    if known.contains(.gone) { return .plan(TransferPlan(.gone)) }
    return .plan(TransferPlan(hasEvictions ? .uncertain : .erased))
  }

  private func isSuperseded(
    _ conversation: ContextView.Conversation, _ view: ContextView
  ) throws(UnreadableValue) -> Bool {
    guard view.conversations.count > 1, let legacy = view.legacy else { return false }
    return try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      try mapping.meaning(ofLegacy: legacy) != conversation.meaning
    }
  }

  private enum Known { case ahead, same, erased, gone }

  /// The legacy value is gone: erased by its user, if its life was not over.
  private func erasedOnLegacy(_ view: ContextView) -> TransferPlan {
    guard let record = view.stored.record, view.isLegacyExpected else { return TransferPlan(.gone) }
    let rest = view.conversations.filter { record.synced[$0.id] != nil }
    if rest.isEmpty { return TransferPlan(.gone) }
    if view.hasBegun || rest.contains(where: \.hasChanged) { return TransferPlan(.ahead) }
    if hasEvictions { return TransferPlan(.uncertain) }
    let parts = rest.flatMap { conversation in
      ConversationPart.allCases.map { keys.part($0, view.stored.user, conversation.id) }
    }
    return TransferPlan(.erased, parts.map(KeyWrite.delete) + [.delete(keys.record(view.stored.user))])
  }

  /// - Parameter said: the last messages of each conversation, from the application's database; nil: it has none.
  func plan(_ move: Move, said: [ConversationID: [Message]]?) -> TransferPlan {
    do throws(UnreadableValue) { return try write(move, said) } catch { return TransferPlan(.unreadable(error)) }
  }

  private func write(_ move: Move, _ said: [ConversationID: [Message]]?) throws(UnreadableValue) -> TransferPlan {
    let (view, user) = (move.view, move.view.stored.user)
    var writes: [KeyWrite] = []
    var synced = view.stored.record?.synced ?? [:]
    var (isNew, messages, longest) = (false, 0, Int?.some(0))
    for id in move.targets {
      let before = view.conversations.first { $0.id == id }
      let held = before?.history ?? []
      let added = MessageMerge.merge(move.legacy.messages, said?[id] ?? [], loosely: true)
      // The database has what was said on both sides; without it, what is there stays.
      let all = said == nil || !move.legacy.messages.isEmpty ? MessageMerge.merge(held, added, loosely: true) : added
      let kept = Array(all.suffix(history))
      if move.checked.contains(id), kept == held || said == nil { continue }
      let values = move.checked.contains(id) ? before?.values : try values(move.legacy, id, before, view)
      guard let values else { continue }
      // Where unified was used, too, it has what legacy lacks: it counts as changed until the way back has run.
      let isBoth = before?.hasChanged == true
      let (digest, meta) = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
        let meaning = try isBoth ? mapping.meaning(ofLegacy: move.legacy) : mapping.meaning(of: values)
        let digest = mapping.digest(meaning, history: isBoth ? Array(added.suffix(history)) : kept)
        return (digest, try mapping.setting(digest, in: values.meta))
      }
      let left = life.moved(source: view.legacyPart.left, replaced: before?.parts.meta ?? .missing)
      writes.append(write(kept, keys.part(.history, user, id), left))
      if let state = values.state { writes.append(KeyWrite(keys.part(.state, user, id), state, life: left)) }
      writes.append(KeyWrite(keys.part(.meta, user, id), meta, life: left))
      if let pointer = keys.pointer(user), view.stored.pointer?.isMissing != false {
        writes.append(KeyWrite(pointer, value: .json(Array(id.text.utf8)), life: left))
      }
      synced[id] = SyncRecord.Synced(digest: digest, until: left.map { view.stored.now + $0 })
      isNew = isNew || before == nil
      messages += max(kept.count - held.count, 0)
      longest = longest.flatMap { longest in left.map { max(longest, $0) } }
    }
    if writes.isEmpty { return TransferPlan(.same) }
    let record = SyncRecord(
      key: view.legacyKey, movedAt: view.stored.now,
      until: view.legacyPart.left.map { view.stored.now + $0 }, synced: synced, legacy: view.legacyPart.document)
    // Last: a server that is killed between two writes of its log has the conversation, not the record alone.
    writes.append(KeyWrite(keys.record(user), value: .json(record.bytes), life: life.record(moved: longest)))
    return TransferPlan(.written(isNew: isNew, messages: messages), writes)
  }

  private func write(_ messages: [Message], _ key: [UInt8], _ life: Int?) -> KeyWrite {
    keys.layout.unified.history == .list
      ? KeyWrite(key, value: .list(messages.map(\.json)), life: life)
      : KeyWrite(key, value: .json(Message.array(of: messages)), life: life)
  }

  /// State and meta of a conversation after what was done on legacy. Where both sides were used since they were the same,
  /// each member is that of the side on which it changed, and of the side used last if it changed on both.
  private func values(
    _ legacy: LegacyDocument, _ id: ConversationID, _ before: ContextView.Conversation?, _ view: ContextView
  ) throws(UnreadableValue) -> MappedParts {
    try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      guard let before else { return try mapping.forward(legacy, id: id) }
      guard before.hasChanged else { return try mapping.forward(legacy, id: id, into: before.values) }
      let rows = try changedRows(on: mapping.meaning(ofLegacy: legacy), against: before.meaning, view)
      let isNewer = legacy.updatedMilliseconds >= before.activity
      return try mapping.forward(
        legacy, id: id, into: before.values, rows: isNewer ? rows.mine : rows.mine.subtracting(rows.theirs))
    }
  }

  /// The rows in which each side differs from what was last synchronised; all, where nobody remembers that.
  private func changedRows(
    on mine: Meaning, against theirs: Meaning, _ view: ContextView
  ) throws(MappingError) -> (mine: Set<Int>, theirs: Set<Int>) {
    guard let kept = view.stored.record?.legacy, let base = try? mapping.legacy(kept, user: view.stored.user) else {
      let rows = mine.rows(differingFrom: theirs)
      return (rows, rows)
    }
    let meaning = try mapping.meaning(ofLegacy: base)
    return (mine.rows(differingFrom: meaning), theirs.rows(differingFrom: meaning))
  }
}
