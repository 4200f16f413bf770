package import Redis

/// Compares every migrated context with what it was made of, field by field, while both are in use. It writes nothing.
///
/// First it goes through the legacy keys, then through the conversations that came from a legacy key which is no longer
/// there. What both layouts hold of one user is read at one moment.
package struct Verification: Sendable {
  package var users = MigrationSelection.everyone
  package var roles = ContextRole.allCases
  package var lifetimes = ContextLifetimes()
  package var rate: Int?

  package init() {}

  /// - Parameter connection: one that takes replies of `ContextReader.replyLimit`.
  /// - Parameter messages: where the migration read messages besides.
  /// - Parameter tell: the key is that of the legacy context, or of the conversation's pointer.
  @discardableResult
  package func run(
    on connection: inout RedisConnection,
    messages: (any MessageSource)? = nil,
    isCancelled: () -> Bool = { false }, progress: (VerifyTally, Double) -> Void = { _, _ in },
    _ tell: (String, VerifyOutcome) -> Void
  ) throws(MigrationFailure) -> VerifyTally {
    var tally = VerifyTally()
    var pace = Pace(perSecond: rate)
    var passes = roles.flatMap { [(role: $0, isLegacy: true), ($0, false)] }[...]
    let count = Double(passes.count)
    while let (role, isLegacy) = passes.popFirst() {
      var scan = isLegacy ? KeyScan(role.legacyPrefix + "*") : KeyScan.current(role)
      while !scan.isAtEnd {
        let keys = try failing { () throws(RedisError) in try scan.next(&connection) }
        var rest = choose(keys, isLegacy, &tally, tell)[...]
        while !rest.isEmpty {
          if isCancelled() { return tally }
          let batch = rest.prefix(pace.batch(of: ContextReader.batch))
          let contexts = try failing { () throws(RedisError) in
            try ContextReader.read(
              firstOf: batch, derived: true, longestMilliseconds: lifetimes.longest(role) * 1_000, on: &connection)
          }
          let elsewhere = try last(messages, contexts.map(\.owner))
          for (place, context) in contexts.enumerated() {
            judge(context, elsewhere?[place] ?? [], isLegacy, &tally, tell)
          }
          rest = rest.dropFirst(contexts.count)
          pace.did(contexts.count)
          progress(tally, (count - Double(passes.count) - 1 + scan.share) / count)
        }
      }
    }
    return tally
  }

  private func last(
    _ source: (any MessageSource)?, _ owners: [ContextOwner]
  ) throws(MigrationFailure) -> [[Message]]? {
    do throws(MessageSourceError) { return try source?.last(Message.kept, of: owners) } catch { throw .messages(error) }
  }

  private func judge(
    _ context: StoredContext, _ messages: [Message], _ isLegacy: Bool, _ tally: inout VerifyTally,
    _ tell: (String, VerifyOutcome) -> Void
  ) {
    // A legacy key that has expired since the scan named it is looked at as a conversation; one that is there, as legacy.
    guard context.legacy.isMissing != isLegacy else { return }
    let outcome = ContextComparison(stored: context, messages: messages).outcome
    // Without a legacy context there is nothing to say of a conversation that was begun on unified, or has expired.
    if !isLegacy, [.begunOnUnified, .notMigrated, .expired].contains(outcome) { return }
    tally.add(outcome)
    tell(isLegacy ? context.owner.legacyKey : context.owner.currentKey, outcome)
  }

  private func choose(
    _ keys: [[UInt8]], _ isLegacy: Bool, _ tally: inout VerifyTally, _ tell: (String, VerifyOutcome) -> Void
  ) -> [ContextOwner] {
    tally.found += keys.count
    var owners: [ContextOwner] = []
    for key in keys {
      switch ContextKey(key) {
      case .legacy(let owner) where isLegacy, .current(let owner) where !isLegacy:
        if users.contains(owner) {
          owners.append(owner)
        } else if isLegacy {
          tally.outside += 1
        }
      default:
        let name = String(decoding: key, as: UTF8.self)
        let outcome = VerifyOutcome.unreadable(UnreadableValue(bytes: key, reason: "no user in UTF-8 is in the key"))
        tally.add(outcome)
        tell(name, outcome)
      }
    }
    return owners
  }
}
