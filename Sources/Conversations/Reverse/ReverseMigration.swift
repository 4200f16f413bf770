package import Redis

/// After a rollback, writes the messages of unified back into the legacy contexts.
///
/// It scans the keys `conversation:{role}:{user}:current`. Each conversation that has changed since both layouts were in
/// sync is merged into the legacy value (`ReversePlan`) and marked in its meta, in one atomic step, which writes nothing if
/// either has changed meanwhile: then it is read again. So a run may stop at any moment, and users may chat on both layouts
/// during it; the next run continues.
package struct ReverseMigration: Sendable {
  package var users = MigrationSelection.everyone
  package var roles = ContextRole.allCases
  package var lifetimes = ContextLifetimes()
  /// Whether contexts outside the selection are read too, to count those that would be written back.
  package var looksAtOthers = false
  package var isDryRun = false
  /// Contexts per second; nil: unlimited.
  package var rate: Int?

  /// How often a context is read again when other clients write to it. All attempts but the first handle one context at a
  /// time, which takes about 0.2 ms.
  private static let attempts = 20

  package init() {}

  /// Runs to the end, or until `isCancelled` after a batch.
  /// - Parameter connection: with a reply limit of `ContextReader.replyLimit`.
  @discardableResult
  package func run(
    on connection: inout RedisConnection, isCancelled: () -> Bool = { false }, _ report: (ReverseEvent) -> Void
  ) throws(RedisError) -> ReverseTally {
    var tally = ReverseTally()
    var limiter = RateLimiter(perSecond: rate)
    for (index, role) in roles.enumerated() {
      var scan = KeyScan.current(role)
      while !scan.isAtEnd {
        let found = choose(try scan.next(&connection), &tally, report)
        var others = looksAtOthers ? found.others[...] : []
        while !others.isEmpty {
          if isCancelled() { return tally }
          let count = try preview(others.prefix(limiter.batch(of: ContextReader.batch)), &tally, on: &connection)
          others = others.dropFirst(count)
          limiter.record(count)
        }
        var rest = found.chosen[...]
        while !rest.isEmpty {
          if isCancelled() { return tally }
          let batch = rest.prefix(limiter.batch(of: ContextReader.batch))
          let count = try writeBack(batch, &tally, on: &connection, report)
          rest = rest.dropFirst(count)
          limiter.record(count)
          report(.progress(tally, share: (Double(index) + scan.share) / Double(roles.count)))
        }
      }
    }
    return tally
  }

  private func choose(
    _ keys: [[UInt8]], _ tally: inout ReverseTally, _ report: (ReverseEvent) -> Void
  ) -> (chosen: [ContextOwner], others: [ContextOwner]) {
    var (chosen, others): ([ContextOwner], [ContextOwner]) = ([], [])
    for key in keys {
      guard case .current(let owner) = ContextKey(key) else {
        tally.unreadable += 1
        let value = UnreadableValue(bytes: key, reason: "the key contains no UTF-8 user")
        report(.unreadable(nil, value))
        continue
      }
      if users.contains(owner) { chosen.append(owner) } else { others.append(owner) }
    }
    tally.outside += others.count
    return (chosen, others)
  }

  /// Counts what would be written back for the first of `owners`, without writing; returns how many those are.
  private func preview(
    _ owners: ArraySlice<ContextOwner>, _ tally: inout ReverseTally, on connection: inout RedisConnection
  ) throws(RedisError) -> Int {
    let contexts = try ContextReader.read(firstOf: owners, on: &connection)
    for context in contexts {
      if case .write = ReversePlan(context, lifetimes: lifetimes) { tally.outsideChanged += 1 }
    }
    return contexts.count
  }

  /// Writes back the first of `owners`; returns how many those are.
  private func writeBack(
    _ owners: ArraySlice<ContextOwner>, _ tally: inout ReverseTally, on connection: inout RedisConnection,
    _ report: (ReverseEvent) -> Void
  ) throws(RedisError) -> Int {
    let contexts = try ContextReader.read(firstOf: owners, on: &connection)
    tally.users += contexts.count
    var left = try attempt(contexts, &tally, on: &connection, report)
    for _ in 1..<Self.attempts where !left.isEmpty {
      var again: [ContextOwner] = []
      for owner in left {
        let context = try ContextReader.read(firstOf: [owner], on: &connection)
        again += try attempt(context, &tally, on: &connection, report)
      }
      left = again
    }
    for owner in left {
      tally.busy += 1
      report(.busy(owner))
    }
    return contexts.count
  }

  /// Returns the owners whose contexts other clients changed meanwhile.
  private func attempt(
    _ contexts: [ContextSnapshot], _ tally: inout ReverseTally, on connection: inout RedisConnection,
    _ report: (ReverseEvent) -> Void
  ) throws(RedisError) -> [ContextOwner] {
    var writes: [ReverseWrite] = []
    for context in contexts {
      switch ReversePlan(context, lifetimes: lifetimes) {
      case .expired: tally.expired += 1
      case .unchanged: tally.unchanged += 1
      case .unreadable(let value):
        tally.unreadable += 1
        report(.unreadable(context.owner, value))
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
        report(.wrote(write))
      }
      rest = rest.dropFirst(outcomes.count)
    }
    return conflicts
  }
}

/// What a run of the reverse migration did or would do.
package struct ReverseTally: Sendable, Equatable, Encodable {
  /// Selected users with a current conversation.
  package var users = 0
  /// Users outside the selection.
  package var outside = 0
  /// Those of them whose conversation would be written back (`ReverseMigration.looksAtOthers`).
  package var outsideChanged = 0
  package var unchanged = 0
  package var expired = 0
  package var written = 0
  /// Those written that had no legacy key.
  package var created = 0
  /// Messages added to legacy.
  package var messages = 0
  /// Messages too old to be kept in the conversations.
  package var lost = 0
  package var unreadable = 0
  /// Changed by other clients at every attempt.
  package var busy = 0

  package var seen: Int { users + outside }

  enum CodingKeys: String, CodingKey {
    case outside, unchanged, expired, written, created, messages, lost, unreadable, busy
    case outsideChanged = "outside_changed"
  }

  package init() {}

  mutating func add(_ write: ReverseWrite) {
    written += 1
    created += write.isNew ? 1 : 0
    messages += write.added
    lost += write.lost
  }
}

/// Reported during a run.
package enum ReverseEvent: Sendable, Equatable {
  /// Written or, in a dry run, to be written.
  case wrote(ReverseWrite)
  case unreadable(ContextOwner?, UnreadableValue)
  /// Changed by other clients at every attempt; not written.
  case busy(ContextOwner)
  /// After each batch, with the scanned share of the keys, 0 ... 1.
  case progress(ReverseTally, share: Double)
}
