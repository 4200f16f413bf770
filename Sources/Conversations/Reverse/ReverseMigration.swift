package import Redis

/// After a rollback, what users said on unified goes back into their legacy contexts.
///
/// It goes through the keys `conversation:{role}:{user}:current` by SCAN. Each conversation in which something was said
/// since legacy last held the same is merged into the legacy value (`ReversePlan`), and is marked in its meta; both in
/// one step of the server, which writes nothing when somebody wrote to either meanwhile: then it is read again. So a run
/// may be ended at any moment, and users may talk on both sides while it goes on; a second run finds what the first has
/// left, and one after that finds nothing.
package struct ReverseMigration: Sendable {
  package var users = MigrationSelection.everyone
  package var roles = ContextRole.allCases
  package var lifetimes = ContextLifetimes()
  /// Whether contexts of those who were not asked for are read, too, to count those that would go back.
  package var looksAtOthers = false
  package var isDryRun = false
  /// Contexts a second; nil: no limit.
  package var rate: Int?

  /// How often a context is read again when others write to it. The last attempts read and write it alone, which takes
  /// some 0.2 ms.
  private static let attempts = 20

  package init() {}

  /// Runs until all is done, or until `isCancelled` after a batch.
  /// - Parameter connection: one that takes replies of `ContextReader.replyLimit`.
  @discardableResult
  package func run(
    on connection: inout RedisConnection, isCancelled: () -> Bool = { false }, _ tell: (ReverseEvent) -> Void
  ) throws(RedisError) -> ReverseTally {
    var tally = ReverseTally()
    var pace = Pace(perSecond: rate)
    for (place, role) in roles.enumerated() {
      var scan = KeyScan.current(role)
      while !scan.isAtEnd {
        let found = choose(try scan.next(&connection), &tally, tell)
        var others = looksAtOthers ? found.others[...] : []
        while !others.isEmpty {
          if isCancelled() { return tally }
          let count = try look(others.prefix(pace.batch(of: ContextReader.batch)), &tally, on: &connection)
          others = others.dropFirst(count)
          pace.did(count)
        }
        var rest = found.chosen[...]
        while !rest.isEmpty {
          if isCancelled() { return tally }
          let batch = rest.prefix(pace.batch(of: ContextReader.batch))
          let count = try settle(batch, &tally, on: &connection, tell)
          rest = rest.dropFirst(count)
          pace.did(count)
          tell(.progress(tally, share: (Double(place) + scan.share) / Double(roles.count)))
        }
      }
    }
    return tally
  }

  private func choose(
    _ keys: [[UInt8]], _ tally: inout ReverseTally, _ tell: (ReverseEvent) -> Void
  ) -> (chosen: [ContextOwner], others: [ContextOwner]) {
    var (chosen, others): ([ContextOwner], [ContextOwner]) = ([], [])
    for key in keys {
      guard case .current(let owner) = ContextKey(key) else {
        tally.unreadable += 1
        let value = UnreadableValue(bytes: key, reason: "no user in UTF-8 is in the key")
        tell(.unreadable(nil, value))
        continue
      }
      if users.contains(owner) { chosen.append(owner) } else { others.append(owner) }
    }
    tally.passedOver += others.count
    return (chosen, others)
  }

  /// Counts what would go back of the first of `owners`, and writes nothing; how many those are.
  private func look(
    _ owners: ArraySlice<ContextOwner>, _ tally: inout ReverseTally, on connection: inout RedisConnection
  ) throws(RedisError) -> Int {
    let contexts = try ContextReader.read(firstOf: owners, on: &connection)
    for context in contexts {
      if case .write = ReversePlan(context, lifetimes: lifetimes) { tally.passedOverChanged += 1 }
    }
    return contexts.count
  }

  /// The first of `owners`, and how many those are.
  private func settle(
    _ owners: ArraySlice<ContextOwner>, _ tally: inout ReverseTally, on connection: inout RedisConnection,
    _ tell: (ReverseEvent) -> Void
  ) throws(RedisError) -> Int {
    let contexts = try ContextReader.read(firstOf: owners, on: &connection)
    tally.users += contexts.count
    var left = try attempt(contexts, &tally, on: &connection, tell)
    for _ in 1..<Self.attempts where !left.isEmpty {
      var again: [ContextOwner] = []
      for owner in left {
        let context = try ContextReader.read(firstOf: [owner], on: &connection)
        again += try attempt(context, &tally, on: &connection, tell)
      }
      left = again
    }
    for owner in left {
      tally.busy += 1
      tell(.busy(owner))
    }
    return contexts.count
  }

  /// Those that somebody else wrote to meanwhile.
  private func attempt(
    _ contexts: [StoredContext], _ tally: inout ReverseTally, on connection: inout RedisConnection,
    _ tell: (ReverseEvent) -> Void
  ) throws(RedisError) -> [ContextOwner] {
    var writes: [ReverseWrite] = []
    for context in contexts {
      switch ReversePlan(context, lifetimes: lifetimes) {
      case .expired: tally.expired += 1
      case .unchanged: tally.unchanged += 1
      case .unreadable(let value):
        tally.unreadable += 1
        tell(.unreadable(context.owner, value))
      case .write(let write): writes.append(write)
      }
    }
    var conflicts: [ContextOwner] = []
    var rest = writes[...]
    while !rest.isEmpty {
      let outcomes =
        isDryRun ? rest.map { _ in .written } : try ReverseScript.apply(firstOf: rest, on: &connection)
      for (write, outcome) in zip(rest, outcomes) {
        guard outcome == .written else {
          conflicts.append(write.owner)
          continue
        }
        tally.add(write)
        tell(.wrote(write))
      }
      rest = rest.dropFirst(outcomes.count)
    }
    return conflicts
  }
}
