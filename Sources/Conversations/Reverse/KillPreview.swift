package import Redis

/// Counts what users would lose if all of them went to legacy now, or have lost since a kill, and how much of it
/// `ReverseMigration` can restore. It writes nothing.
package struct KillPreview: Sendable {
  /// The users whom the flag sends to unified; a kill affects no others.
  package var users: MigrationSelection
  package var roles = ContextRole.allCases

  package struct Losses: Sendable, Equatable {
    /// Users with a conversation on unified.
    package var users = 0
    /// Conversations of users whom the flag does not send to unified.
    package var outside = 0
    /// Users who would lose messages or the state of a task.
    package var losing = 0
    /// Messages that legacy lacks.
    package var messages = 0
    /// Those of them that `turnout migrate --reverse` can restore.
    package var kept = 0
    /// Users with a task in progress whose state legacy lacks.
    package var tasks = 0
    /// Losing users whose legacy value is unreadable, so that nothing can be restored.
    package var blocked = 0
    /// Unreadable conversations.
    package var unreadable = 0

    package init() {}
  }

  package init(users: MigrationSelection) { self.users = users }

  /// - Parameter connection: with a reply limit of `ContextReader.replyLimit`.
  package func run(
    on connection: inout RedisConnection, isCancelled: () -> Bool = { false },
    progress: (Losses, Double) -> Void = { _, _ in }
  ) throws(RedisError) -> Losses {
    var losses = Losses()
    for (index, role) in roles.enumerated() {
      var scan = KeyScan.current(role)
      while !scan.isAtEnd {
        let keys = try scan.next(&connection)
        let owners = keys.compactMap { if case .current(let owner) = ContextKey($0) { owner } else { nil } }
        losses.unreadable += keys.count - owners.count
        let chosen = owners.filter(users.contains)
        losses.outside += owners.count - chosen.count
        var rest = chosen[...]
        while !rest.isEmpty {
          if isCancelled() { return losses }
          let contexts = try ContextReader.read(firstOf: rest, on: &connection)
          for context in contexts { losses.add(context) }
          rest = rest.dropFirst(contexts.count)
          progress(losses, (Double(index) + scan.share) / Double(roles.count))
        }
      }
    }
    return losses
  }
}

extension KillPreview.Losses {
  mutating func add(_ stored: ContextSnapshot) {
    let conversation: Conversation
    do throws(UnreadableValue) {
      guard let found = try ReversePlan.currentConversation(of: stored) else { return }
      conversation = found
    } catch {
      unreadable += 1
      return
    }
    users += 1
    guard conversation.hasChanged(since: stored.owner) || stored.legacy.isMissing else { return }
    let legacy = try? ReversePlan.legacyContext(of: stored)
    let isBlocked = legacy == nil && !stored.legacy.isMissing
    let lost = stored.legacy.isMissing ? conversation.messages : conversation.messagesAdded(since: stored.owner)
    let isInTask = conversation.isInTask && legacy?.state != conversation.state
    guard lost > 0 || isInTask else { return }
    losing += 1
    messages += lost
    tasks += isInTask ? 1 : 0
    if isBlocked { blocked += 1 } else { kept += min(lost, conversation.history.count) }
  }
}
