package import Redis

/// Compares every migrated context with what it was made of, field by field, while both are in use. It writes nothing.
///
/// First it goes through the legacy keys, then through the conversations that came from a legacy key which is no longer
/// there. What both layouts hold of one user is read at one moment.
package struct Verification: Sendable {
  package var users = UserSelection.everybody
  package var roles = ContextRole.allCases
  package var lifetimes = ContextLifetimes()
  package var rate: Int?

  package init() {}

  /// - Parameter connection: one that takes replies of `ContextReader.replyLimit`.
  /// - Parameter messages: the last messages of these owners from elsewhere; empty for an owner who has none there, and
  ///   whose legacy value is taken at its word.
  /// - Parameter tell: the key is that of the legacy context, or of the conversation's pointer.
  @discardableResult
  package func run<Failure: Error>(
    on connection: inout RedisConnection, fault: (RedisError) -> Failure,
    messages: (([ContextOwner]) throws(Failure) -> [[Message]])? = nil,
    progress: (VerifyTally) -> Void = { _ in }, _ tell: (String, VerifyOutcome) -> Void
  ) throws(Failure) -> VerifyTally {
    var tally = VerifyTally()
    var pace = Pace(perSecond: rate)
    for role in roles {
      for isLegacy in [true, false] {
        var scan = isLegacy ? KeyScan.legacy(role) : KeyScan.current(role)
        while let keys = try Self.redis(fault, { () throws(RedisError) in try scan.next(on: &connection) }) {
          var rest = choose(keys, isLegacy, &tally, tell)[...]
          while !rest.isEmpty {
            let batch = rest.prefix(pace.batch(of: ContextReader.batch))
            let contexts = try Self.redis(fault) { () throws(RedisError) in
              try ContextReader.read(firstOf: batch, derived: true, on: &connection)
            }
            let sources = try messages?(contexts.map(\.owner))
            for (place, context) in contexts.enumerated() {
              judge(context, sources?[place], isLegacy, &tally, tell)
            }
            rest = rest.dropFirst(contexts.count)
            progress(tally)
            pace.did(contexts.count)
          }
        }
      }
    }
    return tally
  }

  private func judge(
    _ context: StoredContext, _ source: [Message]?, _ isLegacy: Bool, _ tally: inout VerifyTally,
    _ tell: (String, VerifyOutcome) -> Void
  ) {
    // A legacy key that has expired since the scan named it is looked at as a conversation; one that is there, as legacy.
    guard context.legacy.isMissing != isLegacy else { return }
    let messages = source.flatMap { $0.isEmpty ? nil : $0 }
    let outcome = ContextComparison(
      stored: context, longestMilliseconds: lifetimes.longest(context.owner.role) * 1_000, messages: messages
    ).outcome
    // Without a legacy context there is nothing to say of a conversation that was begun on unified, or has expired.
    if !isLegacy, [.begunOnUnified, .notMigrated, .expired].contains(outcome) { return }
    tally.add(outcome)
    tell(isLegacy ? context.owner.legacyKey : context.owner.currentKey, outcome)
  }

  private func choose(
    _ keys: [[UInt8]], _ isLegacy: Bool, _ tally: inout VerifyTally, _ tell: (String, VerifyOutcome) -> Void
  ) -> [ContextOwner] {
    var owners: [ContextOwner] = []
    for key in keys {
      switch ContextKey(key) {
      case .legacy(let owner) where isLegacy, .current(let owner) where !isLegacy:
        if users.contains(owner.user) {
          owners.append(owner)
        } else if isLegacy {
          tally.outside += 1
        }
      default:
        let name = String(decoding: key, as: UTF8.self)
        let outcome = VerifyOutcome.unreadable(UnreadableValue(key: name, reason: "no user in UTF-8 is in the key"))
        tally.add(outcome)
        tell(name, outcome)
      }
    }
    return owners
  }

  private static func redis<Failure: Error, Result>(
    _ fault: (RedisError) -> Failure, _ body: () throws(RedisError) -> Result
  ) throws(Failure) -> Result {
    do throws(RedisError) { return try body() } catch { throw fault(error) }
  }
}
