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
  }

  enum Look {
    case plan(TransferPlan)
    case move(Move)
  }

  /// - Parameter targets: the conversations in which the application will look, the newest first.
  func look(_ stored: StoredContext, targets: [ConversationID]) -> Look {
    do throws(UnreadableValue) { return try decide(stored, targets) } catch { return .plan(.init(.unreadable(error))) }
  }

  private func decide(_ stored: StoredContext, _ targets: [ConversationID]) throws(UnreadableValue) -> Look {
    let view = try ContextView(stored, keys, mapping)
    guard let legacy = view.legacy else { return .plan(erasedOnLegacy(view)) }
    if targets.isEmpty { return .plan(TransferPlan(.noConversation)) }
    var due: [ConversationID] = []
    var known: Set<TransferOutcomeKind> = []
    for id in targets {
      guard let conversation = view.conversations.first(where: { $0.id == id }) else {
        // It was there, and nothing has changed on legacy since.
        if view.stored.record?.digests[id] != nil, !view.legacyHasChanged(since: nil, mapping) {
          known.insert(view.isWithinLife ? .erased : .gone)
        } else {
          due.append(id)
        }
        continue
      }
      guard conversation.synced != nil else {
        known.insert(.ahead)
        continue
      }
      if view.legacyHasChanged(since: conversation, mapping) {
        due.append(id)
      } else {
        known.insert(conversation.hasChanged ? .ahead : .same)
      }
    }
    if !due.isEmpty { return .move(Move(view: view, legacy: legacy, targets: due)) }
    if known.contains(.ahead) { return .plan(TransferPlan(.ahead)) }
    if known.contains(.same) { return .plan(TransferPlan(.same)) }
    if known.contains(.gone) { return .plan(TransferPlan(.gone)) }
    return .plan(TransferPlan(hasEvictions ? .uncertain : .erased))
  }

  private enum TransferOutcomeKind { case ahead, same, erased, gone }

  /// The legacy value is gone: erased by its user, if its life was not over.
  private func erasedOnLegacy(_ view: ContextView) -> TransferPlan {
    guard let record = view.stored.record, record.legacy != nil, view.isWithinLife else { return TransferPlan(.gone) }
    let rest = view.conversations.filter { record.digests[$0.id] != nil }
    if rest.isEmpty { return TransferPlan(.gone) }
    if rest.contains(where: \.hasChanged) { return TransferPlan(.ahead) }
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
    var digests = view.stored.record?.digests ?? [:]
    var (isNew, messages, longest) = (false, 0, Int?.some(0))
    for id in move.targets {
      let before = view.conversations.first { $0.id == id }
      let values = try values(move.legacy, id, before, view)
      let held = before?.history ?? []
      let added = MessageMerge.merge(move.legacy.messages, said?[id] ?? [], loosely: true)
      // The database has what was said on both sides; without it, what is there stays.
      let all = said == nil || !move.legacy.messages.isEmpty ? MessageMerge.merge(held, added, loosely: true) : added
      let kept = Array(all.suffix(history))
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
      digests[id] = digest
      isNew = isNew || before == nil
      messages += max(kept.count - held.count, 0)
      longest = longest.flatMap { longest in left.map { max(longest, $0) } }
    }
    let record = SyncRecord(
      key: view.legacyKey, movedAt: view.stored.now,
      until: view.legacyPart.left.map { view.stored.now + $0 }, digests: digests, legacy: view.legacyPart.document)
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

  /// - Parameter open: the conversations in which the application would look; nil: it has no such query.
  func reverse(_ stored: StoredContext, open: [ConversationID]?) -> TransferPlan {
    do throws(UnreadableValue) { return try back(stored, open) } catch { return TransferPlan(.unreadable(error)) }
  }

  /// The conversation whose state the user would miss: what the pointer names, else the one that was used last.
  func current(_ view: ContextView) -> ContextView.Conversation? {
    if case .json(let text)? = view.stored.pointer?.document {
      let id = ConversationID(String(decoding: text, as: UTF8.self))
      if let named = view.conversations.first(where: { $0.id == id }) { return named }
    }
    return view.conversations.max { ($0.activity, $1.id.text) < ($1.activity, $0.id.text) }
  }

  private func back(_ stored: StoredContext, _ open: [ConversationID]?) throws(UnreadableValue) -> TransferPlan {
    let view = try ContextView(stored, keys, mapping)
    guard let current = current(view) else { return erasedOnUnified(view) }
    let isThere = view.legacy != nil
    if current.synced != nil, !current.hasChanged {
      if isThere { return TransferPlan(.same) }
      if view.isWithinLife, stored.record?.legacy != nil { return TransferPlan(hasEvictions ? .uncertain : .erased) }
    }
    // Legacy was used last, and what is on unified never came from it.
    if current.synced == nil, let legacy = view.legacy, legacy.updatedMilliseconds > current.activity {
      return TransferPlan(.ahead)
    }
    return try writeBack(view, current)
  }

  private func writeBack(_ view: ContextView, _ current: ContextView.Conversation) throws(UnreadableValue) -> TransferPlan {
    let user = view.stored.user
    // A value with messages keeps as many as it has, and those of unified that it lacks.
    let held = view.legacy?.messages ?? []
    let messages = Array(MessageMerge.merge(held, current.history).suffix(max(history, held.count)))
    let (value, synced) = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      var rows: Set<Int>?
      if let legacy = view.legacy, current.synced != nil, view.legacyHasChanged(since: current, mapping) {
        let changed = try changedRows(on: current.meaning, against: mapping.meaning(ofLegacy: legacy), view)
        let isNewer = current.activity >= legacy.updatedMilliseconds
        rows = isNewer ? changed.mine : changed.mine.subtracting(changed.theirs)
      }
      let base = view.legacyPart.document ?? view.stored.record?.legacy
      func value(_ rows: Set<Int>?) throws(MappingError) -> StoredDocument {
        try mapping.backward(current.values, history: messages, into: base, user: user, rows: rows)
      }
      let written = try value(rows)
      // Where legacy was used, too, it has what unified lacks: it counts as changed until the next migration.
      return (written, rows == nil ? written : try value(nil))
    }
    let left = life.moved(source: current.parts.meta.left, replaced: view.legacyPart)
    let digest = current.digest
    var digests = view.stored.record?.digests ?? [:]
    digests[current.id] = digest
    var writes = [KeyWrite(view.legacyKey, value, life: left)]
    let meta = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      try mapping.setting(digest, in: current.values.meta)
    }
    if meta != current.values.meta {
      writes.append(KeyWrite(keys.part(.meta, user, current.id), meta, life: current.parts.meta.left))
    }
    let record = SyncRecord(
      key: view.legacyKey, movedAt: view.stored.now, until: left.map { view.stored.now + $0 }, digests: digests,
      legacy: synced)
    writes.append(KeyWrite(keys.record(user), value: .json(record.bytes), life: life.record(moved: left)))
    let added = keys.layout.legacy.messages == nil ? 0 : max(messages.count - held.count, 0)
    return TransferPlan(.written(isNew: view.legacy == nil, messages: added), writes)
  }

  /// No conversation is left: its user erased it, if its life was not over.
  private func erasedOnUnified(_ view: ContextView) -> TransferPlan {
    guard let record = view.stored.record, !record.digests.isEmpty, view.legacy != nil,
      !view.legacyHasChanged(since: nil, mapping)
    else { return TransferPlan(view.legacy == nil ? .gone : .same) }
    guard view.isWithinLife else { return TransferPlan(.gone) }
    if hasEvictions { return TransferPlan(.uncertain) }
    return TransferPlan(.erased, [.delete(view.legacyKey), .delete(keys.record(view.stored.user))])
  }
}
