/// Compares what both layouts hold of one user. A value; nothing is read or written here.
///
/// It expects what docs/migration.md says, and shares no code with what writes but `MessageMerge`: a mistake there is
/// found here.
struct ContextComparison {
  let stored: StoredContext
  /// Those that the migration took from elsewhere.
  var messages: [Message] = []

  private var owner: ContextOwner { stored.owner }

  var outcome: VerifyOutcome {
    do throws(UnreadableValue) { return try compare() } catch { return .unreadable(error) }
  }

  private func compare() throws(UnreadableValue) -> VerifyOutcome {
    let legacy = try ReversePlan.legacyContext(of: stored)
    if let fault = stored.current.fault, !stored.current.isMissing {
      throw UnreadableValue(key: owner.currentKey, reason: fault)
    }
    if !stored.current.isMissing, stored.conversation == nil {
      throw UnreadableValue(key: owner.currentKey, reason: "it is no UUID")
    }
    let hasDerived = stored.derived?.isMissing == false
    guard let parts = stored.conversation, !parts.isMissing else {
      if hasDerived || !stored.current.isMissing {
        return .differs([
          FieldDifference(
            "current", expected: hasDerived ? owner.derivedID.text : nil,
            found: stored.current.bytes.map { String(decoding: $0, as: UTF8.self) })
        ])
      }
      return stored.isKept ? .expired : .notMigrated
    }
    if parts.id != owner.derivedID, hasDerived {
      return .differs([FieldDifference("current", expected: owner.derivedID.text, found: parts.id.text)])
    }
    let lifetimes = TimeComparison(current: stored.current, parts).differences
    // A part that is gone cannot be read; that it is gone is what is to be said.
    let absent = lifetimes.filter { !$0.field.hasSuffix(".ttl") }
    if !absent.isEmpty { return .differs(absent) }
    return judge(try ReadConversation(parts, of: owner), legacy, lifetimes)
  }

  private func judge(
    _ conversation: ReadConversation, _ legacy: LegacyContext?, _ lifetimes: [FieldDifference]
  ) -> VerifyOutcome {
    let own = MetaComparison(conversation, of: owner).differences + lifetimes
    let hasSource = conversation.meta.source == owner.legacyKey
    guard hasSource || conversation.id == owner.derivedID else {
      return own.isEmpty ? .begunOnUnified : .differs(own)
    }
    guard let legacy else { return own.isEmpty ? .legacyGone : .differs(own) }
    let differences = own + self.differences(conversation, legacy)
    if differences.isEmpty { return conversation.meta.hasChanged ? .liveSince : .same }
    // What an unmarked legacy value has that is newer came after the migration.
    if own.isEmpty, !stored.isKept, isNewer(legacy, conversation) { return .legacySince }
    return .differs(differences)
  }

  private func differences(_ conversation: ReadConversation, _ legacy: LegacyContext) -> [FieldDifference] {
    let said = conversation.said(since: owner)
    // What was said on unified is elsewhere, too. A conversation that was begun there did not come from elsewhere.
    let migrated = conversation.id == owner.derivedID ? messages : []
    let elsewhere = MessageMerge.without(conversation.history.suffix(said), in: migrated)
    let earlier = MessageMerge.merge(legacy.messages, elsewhere, loosely: true)
    var differences = HistoryComparison(
      earlier: earlier, history: conversation.history, said: said,
      messages: conversation.messages
    ).differences
    differences += MetaComparison.times(conversation, legacy, earlier, isDerived: conversation.id == owner.derivedID)
    guard !conversation.meta.hasChanged else { return differences }
    if conversation.state != legacy.state {
      differences.append(FieldDifference("state", expected: legacy.state, found: conversation.state))
    }
    // Both counts may be wrong together. With ten and more, some may have been said that neither keeps.
    let count = earlier.count
    if count < Message.kept ? conversation.messages != count : conversation.messages < count {
      differences += ["messages", "synced"].map {
        FieldDifference("meta.\($0)", expected: count, found: conversation.messages)
      }
    }
    return differences
  }

  private func isNewer(_ legacy: LegacyContext, _ conversation: ReadConversation) -> Bool {
    let last = legacy.updatedAt ?? legacy.messages.last?.content.at
    guard let last, let known = conversation.meta.updatedAt else { return true }
    if last > known { return true }
    // What legacy has and the conversation lacks, though it would keep it. Its own counts are right: it never had it.
    return legacy.messages.contains { message in
      !conversation.history.contains { MessageMerge.areSame($0, message) }
        && (conversation.history.count < Message.kept
          || (message.content.at ?? 0) > (conversation.history.first?.content.at ?? .max))
    }
  }
}
