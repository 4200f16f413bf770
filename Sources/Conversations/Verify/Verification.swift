package import Redis

/// Compares every migrated context with its source, field by field, while both are in use. It writes nothing.
///
/// It scans the legacy keys first, then the conversations whose legacy key no longer exists. It reads both layouts of one
/// user atomically.
package struct Verification: Sendable {
  package var users = MigrationSelection.everyone
  package var roles = ContextRole.allCases
  package var lifetimes = ContextLifetimes()
  package var rate: Int?

  package init() {}

  /// - Parameters:
  ///   - connection: with a reply limit of `ContextReader.replyLimit`.
  ///   - messages: the message source of the migration.
  ///   - report: receives the legacy key, or that of the conversation's pointer.
  @discardableResult
  package func run(
    on connection: inout RedisConnection,
    messages: (any MessageSource)? = nil,
    isCancelled: () -> Bool = { false }, progress: (VerifyTally, Double) -> Void = { _, _ in },
    _ report: (String, VerifyOutcome) -> Void
  ) throws(MigrationError) -> VerifyTally {
    var tally = VerifyTally()
    var limiter = RateLimiter(perSecond: rate)
    var passes = roles.flatMap { [(role: $0, isLegacy: true), ($0, false)] }[...]
    let count = Double(passes.count)
    while let (role, isLegacy) = passes.popFirst() {
      var scan = isLegacy ? KeyScan(role.legacyPrefix + "*") : KeyScan.current(role)
      while !scan.isAtEnd {
        let keys = try failing { () throws(RedisError) in try scan.next(&connection) }
        var rest = choose(keys, isLegacy, &tally, report)[...]
        while !rest.isEmpty {
          if isCancelled() { return tally }
          let batch = rest.prefix(limiter.batch(of: ContextReader.batch))
          let contexts = try failing { () throws(RedisError) in
            try ContextReader.read(
              firstOf: batch, derived: true, longestMilliseconds: lifetimes.longest(role) * 1_000, on: &connection)
          }
          let elsewhere = try last(messages, contexts.map(\.owner))
          for (index, context) in contexts.enumerated() {
            judge(context, elsewhere?[index] ?? [], isLegacy, &tally, report)
          }
          rest = rest.dropFirst(contexts.count)
          limiter.record(contexts.count)
          progress(tally, (count - Double(passes.count) - 1 + scan.share) / count)
        }
      }
    }
    return tally
  }

  private func last(
    _ source: (any MessageSource)?, _ owners: [ContextOwner]
  ) throws(MigrationError) -> [[Message]]? {
    do throws(MessageSourceError) { return try source?.last(Message.historyLimit, of: owners) } catch {
      throw .messages(error)
    }
  }

  private func judge(
    _ context: ContextSnapshot, _ messages: [Message], _ isLegacy: Bool, _ tally: inout VerifyTally,
    _ report: (String, VerifyOutcome) -> Void
  ) {
    // A legacy key that expired since the scan is covered by the conversations, an existing one by the legacy keys.
    guard context.legacy.isMissing != isLegacy else { return }
    let outcome = ContextComparison(stored: context, messages: messages).outcome
    // Without a legacy context, a conversation that began on unified or has expired has no outcome.
    if !isLegacy, [.begunOnUnified, .notMigrated, .expired].contains(outcome) { return }
    tally.add(outcome)
    report(isLegacy ? context.owner.legacyKey : context.owner.currentKey, outcome)
  }

  private func choose(
    _ keys: [[UInt8]], _ isLegacy: Bool, _ tally: inout VerifyTally, _ report: (String, VerifyOutcome) -> Void
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
        let outcome = VerifyOutcome.unreadable(UnreadableValue(bytes: key, reason: "the key contains no UTF-8 user"))
        tally.add(outcome)
        report(name, outcome)
      }
    }
    return owners
  }
}
