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

  private var history: Int { keys.layout.unified.historyLimit }

  // MARK: To unified

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

  // MARK: Back to legacy

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

  /// The conversation that was used last.
  func current(_ view: ContextView) -> ContextView.Conversation? {
    view.conversations.max { ($0.activity, $0.id.text) < ($1.activity, $1.id.text) }
  }
}
