/// Compares both layouts of one user. A pure value: it reads and writes nothing.
///
/// It implements docs/migration.md independently and shares only `MessageMerge` with the code that writes, so it detects
/// mistakes there.
struct ContextComparison {
  let stored: ContextSnapshot
  /// The messages that the migration took from the message source.
  var messages: [Message] = []

  private var owner: ContextOwner { stored.owner }

  var outcome: VerifyOutcome {
    do throws(UnreadableValue) { return try compare() } catch { return .unreadable(error) }
  }

  private func compare() throws(UnreadableValue) -> VerifyOutcome {
    let legacy = try ReversePlan.legacyContext(of: stored)
    if let defect = stored.current.defect, !stored.current.isMissing {
      throw UnreadableValue(key: owner.currentKey, reason: defect)
    }
    if !stored.current.isMissing, stored.conversation == nil {
      throw UnreadableValue(key: owner.currentKey, reason: "it is not a UUID")
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
    // Report missing parts as missing, not as unreadable.
    let absent = lifetimes.filter { !$0.field.hasSuffix(".ttl") }
    if !absent.isEmpty { return .differs(absent) }
    return judge(try Conversation(parts, of: owner), legacy, lifetimes)
  }

  private func judge(
    _ conversation: Conversation, _ legacy: LegacyContext?, _ lifetimes: [FieldDifference]
  ) -> VerifyOutcome {
    let own = MetaComparison(conversation, of: owner).differences + lifetimes
    let hasSource = conversation.meta.source == owner.legacyKey
    guard hasSource || conversation.id == owner.derivedID else {
      return own.isEmpty ? .begunOnUnified : .differs(own)
    }
    guard let legacy else { return own.isEmpty ? .legacyGone : .differs(own) }
    let differences = own + self.differences(conversation, legacy)
    if differences.isEmpty { return conversation.meta.hasChanged ? .liveSince : .same }
    // Newer messages in an unmarked legacy value were added after the migration.
    if own.isEmpty, !stored.isKept, isNewer(legacy, conversation) { return .legacySince }
    return .differs(differences)
  }

  private func differences(_ conversation: Conversation, _ legacy: LegacyContext) -> [FieldDifference] {
    let added = conversation.messagesAdded(since: owner)
    // The source also has the messages sent on unified. A conversation that began there does not come from the source.
    let migrated = conversation.id == owner.derivedID ? messages : []
    let elsewhere = MessageMerge.without(conversation.history.suffix(added), in: migrated)
    let earlier = MessageMerge.merge(legacy.messages, elsewhere, loosely: true)
    var differences = HistoryComparison(
      earlier: earlier, history: conversation.history, added: added,
      messages: conversation.messages
    ).differences
    differences += MetaComparison.times(conversation, legacy, earlier, isDerived: conversation.id == owner.derivedID)
    guard !conversation.meta.hasChanged else { return differences }
    if conversation.state != legacy.state {
      differences.append(FieldDifference("state", expected: legacy.state, found: conversation.state))
    }
    // Both counts may be wrong together. From ten on there may be messages that neither layout keeps.
    let count = earlier.count
    if count < Message.historyLimit ? conversation.messages != count : conversation.messages < count {
      differences += ["messages", "synced"].map {
        FieldDifference("meta.\($0)", expected: count, found: conversation.messages)
      }
    }
    return differences
  }

  private func isNewer(_ legacy: LegacyContext, _ conversation: Conversation) -> Bool {
    let last = legacy.updatedAt ?? legacy.messages.last?.content.at
    guard let last, let known = conversation.meta.updatedAt else { return true }
    if last > known { return true }
    // A message of legacy that the conversation lacks, though it has room for it. Its counts are right: it never had it.
    return legacy.messages.contains { message in
      !conversation.history.contains { MessageMerge.areSame($0, message) }
        && (conversation.history.count < Message.historyLimit
          || (message.content.at ?? 0) > (conversation.history.first?.content.at ?? .max))
    }
  }
}
