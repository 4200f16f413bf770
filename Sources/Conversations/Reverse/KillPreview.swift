package import Redis

/// What users would lose if everybody went to legacy at this moment, or have lost since everybody did, and what of it `ReverseMigration` can bring back. It
/// writes nothing.
package struct KillPreview: Sendable {
  /// Those whom the flag sends to unified: nobody else would notice.
  package var users: MigrationSelection
  package var roles = ContextRole.allCases

  package struct Losses: Sendable, Equatable {
    /// With a conversation on unified.
    package var users = 0
    /// Whom the flag does not send to unified: the keys of their conversations.
    package var passedOver = 0
    /// Who would miss messages, or be thrown out of a task.
    package var losing = 0
    /// Messages that legacy does not have.
    package var messages = 0
    /// Of these: still kept, and so brought back by `turnout migrate --reverse`.
    package var kept = 0
    /// Users in the middle of a task, whose state legacy does not have.
    package var tasks = 0
    /// Of those who lose: nothing can be brought back, because their legacy value cannot be read.
    package var blocked = 0
    /// Conversations that cannot be read.
    package var unreadable = 0

    package init() {}
  }

  package init(users: MigrationSelection) { self.users = users }

  /// - Parameter connection: one that takes replies of `ContextReader.replyLimit`.
  package func run(
    on connection: inout RedisConnection, isCancelled: () -> Bool = { false },
    progress: (Losses, Double) -> Void = { _, _ in }
  ) throws(RedisError) -> Losses {
    var losses = Losses()
    for (place, role) in roles.enumerated() {
      var scan = KeyScan.current(role)
      while !scan.isAtEnd {
        let keys = try scan.next(&connection)
        let owners = keys.compactMap { if case .current(let owner) = ContextKey($0) { owner } else { nil } }
        losses.unreadable += keys.count - owners.count
        let chosen = owners.filter(users.contains)
        losses.passedOver += owners.count - chosen.count
        var rest = chosen[...]
        while !rest.isEmpty {
          if isCancelled() { return losses }
          let contexts = try ContextReader.read(firstOf: rest, on: &connection)
          for context in contexts { losses.add(context) }
          rest = rest.dropFirst(contexts.count)
          progress(losses, (Double(place) + scan.share) / Double(roles.count))
        }
      }
    }
    return losses
  }
}

extension KillPreview.Losses {
  mutating func add(_ stored: StoredContext) {
    let conversation: ReadConversation
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
    let lost = stored.legacy.isMissing ? conversation.messages : conversation.said(since: stored.owner)
    let isInTask = conversation.isInTask && legacy?.state != conversation.state
    guard lost > 0 || isInTask else { return }
    losing += 1
    messages += lost
    tasks += isInTask ? 1 : 0
    if isBlocked { blocked += 1 } else { kept += min(lost, conversation.history.count) }
  }
}
