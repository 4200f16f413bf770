package import MySQL
internal import Reactor
internal import Redis
internal import Synchronization

/// Compares what was moved with what it came from, by meaning, while both sides are in use. It writes nothing.
package struct LayoutVerification: Sendable {
  package var location: ContextLocation
  package var layout: Layout
  package var roles = ContextRole.allCases
  package var users = MigrationSelection.everyone
  /// Tells in which conversations the application will look; nil: it is not asked.
  package var database: MySQLAddress?
  package var rate: Int?

  package init(_ location: ContextLocation, _ layout: Layout) {
    self.location = location
    self.layout = layout
  }

  private static let batch = 64

  /// - Parameter report: gets the legacy key of each user, on any thread.
  package func run(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (VerifyTally, Double) -> Void = { _, _ in },
    _ report: @escaping @Sendable ([UInt8], VerifyOutcome) -> Void
  ) throws(MigrationError) -> VerifyTally {
    var connection = try location.connectForRun("turnout-verify")
    let state = Tallied()
    var scan = try ContextScan(layout, roles: roles, selection: users, [.legacy, .records, .conversations])
    try scan.find(&connection, isCancelled: isCancelled) { progress(state.tally, $0 / 4) }
    state.count {
      $0.outside = scan.outside; $0.found = scan.count
    }
    for key in scan.unreadable {
      let outcome = VerifyOutcome.unreadable(UnreadableValue(bytes: key, reason: "the key contains no UTF-8 user"))
      state.count { $0.add(outcome) }
      report(key, outcome)
    }
    let judges = Dictionary(
      uniqueKeysWithValues: layout.roles.map { role, layout in
        (role, LayoutComparison(layout, database.map { ApplicationDatabase($0, layout) }))
      })
    try ContextWorkers.run(
      &scan, batch: Self.batch, rate: rate,
      connect: { [location] () throws(MigrationError) in try location.connectForRun("turnout-verify") },
      isCancelled: isCancelled,
      progress: { progress(state.tally, 0.25 + 0.75 * $0) },
      handle: { (users, connection) throws(MigrationError) in
        guard let judge = users.first.flatMap({ judges[$0.role] }) else { return 0 }
        for (key, outcome) in try judge.outcomes(users, &connection) {
          state.count { $0.add(outcome) }
          report(key, outcome)
        }
        return users.count
      })
    return state.tally
  }

  private final class Tallied: Sendable {
    private let value = Mutex(VerifyTally())
    var tally: VerifyTally { value.withLock { $0 } }
    func count(_ change: (inout VerifyTally) -> Void) { value.withLock { change(&$0) } }
  }
}

/// Compares both sides of the users of one role.
struct LayoutComparison: Sendable {
  let planner: TransferPlanner
  let database: ApplicationDatabase?

  init(_ layout: RoleLayout, _ database: ApplicationDatabase?) {
    planner = TransferPlanner(layout, recordSeconds: 0, hasEvictions: false)
    self.database = database
  }

  func outcomes(
    _ users: [FoundContext], _ connection: inout RedisConnection
  ) throws(MigrationError) -> [([UInt8], VerifyOutcome)] {
    let open: [[OpenConversation]]?
    do throws(MessageSourceError) { open = try database?.open(of: users.map(\.user)) } catch { throw .messages(error) }
    let read = ContextRead(keys: planner.keys, limit: ContextRead.singleLimit)
    let contexts = try failing { () throws(RedisError) in
      try read.read(
        users.map { ContextRead.Question(user: $0.user, ids: $0.ids) }, watching: false, &connection)
    }
    return contexts.enumerated().compactMap { place, context in
      outcome(context, open?[place].map(\.id)).map { (context.legacyKey, $0) }
    }
  }

  /// Nil where neither side has anything any more.
  func outcome(_ context: StoredContext, _ open: [ConversationID]?) -> VerifyOutcome? {
    do throws(UnreadableValue) {
      let view = try ContextView(context, planner.keys, planner.mapping)
      if view.conversations.isEmpty { return withoutConversation(view) }
      // The worst of a user's conversations.
      return try view.conversations.map { (conversation) throws(UnreadableValue) in
        try outcome(conversation, view, open)
      }.max { $0.severity < $1.severity }
    } catch { return .unreadable(error) }
  }

  private func withoutConversation(_ view: ContextView) -> VerifyOutcome? {
    guard view.legacy != nil else { return nil }
    guard view.stored.record?.synced.isEmpty == false else { return .notMigrated }
    if view.legacyHasChanged(since: nil, planner.mapping) { return .legacySince }
    return view.erased.isEmpty ? .expired : .erased
  }

  private func outcome(
    _ conversation: ContextView.Conversation, _ view: ContextView, _ open: [ConversationID]?
  ) throws(UnreadableValue) -> VerifyOutcome {
    guard conversation.synced != nil, view.stored.record?.synced[conversation.id]?.isBegun != true else {
      return .begunOnUnified
    }
    if let open, !open.contains(conversation.id) { return .misplaced(conversation.id) }
    guard let legacy = view.legacy else { return conversation.hasChanged ? .liveSince : .legacyGone }
    if view.legacyHasChanged(since: conversation, planner.mapping) { return .legacySince }
    if conversation.hasChanged { return .liveSince }
    let expected = try ContextView.reading(view.legacyKey) { () throws(MappingError) in
      try planner.mapping.meaning(ofLegacy: legacy)
    }
    var differences = conversation.meaning.differences(from: expected)
    if conversation.parts.state.isMissing {
      differences.append(FieldDifference("state", expected: "a value", found: nil))
    }
    return differences.isEmpty ? .same : .differs(differences)
  }
}

extension VerifyOutcome {
  /// Of several conversations of a user, the one with the highest counts.
  fileprivate var severity: Int {
    switch self {
    case .begunOnUnified, .expired, .notMigrated, .erased: 0
    case .legacyGone: 1
    case .same: 2
    case .liveSince: 3
    case .legacySince: 4
    case .misplaced: 5
    case .differs: 6
    case .unreadable: 7
    }
  }
}
