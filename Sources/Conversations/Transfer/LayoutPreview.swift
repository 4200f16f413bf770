internal import Redis
internal import Synchronization

/// What users would lose if all of them went to legacy now, and how much of it `--reverse` can restore. It writes nothing.
package struct LayoutPreview: Sendable {
  package var location: ContextLocation
  package var layout: Layout
  /// The users whom the flag sends to unified; a kill affects no others.
  package var users: MigrationSelection

  package init(_ location: ContextLocation, _ layout: Layout, users: MigrationSelection) {
    self.location = location
    self.layout = layout
    self.users = users
  }

  package func run(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (KillPreview.Losses, Double) -> Void = { _, _ in }
  ) throws(MigrationError) -> KillPreview.Losses {
    var connection = try location.connectForRun("turnout-preview")
    let state = Counted()
    var scan = try ContextScan(layout, roles: ContextRole.allCases, selection: users, [.conversations])
    try scan.find(&connection, isCancelled: isCancelled) { progress(state.losses, $0 / 4) }
    state.count {
      $0.outside = scan.outside; $0.unreadable = scan.unreadable.count
    }
    let planners = layout.roles.mapValues { TransferPlanner($0, recordSeconds: 0, hasEvictions: false) }
    try ContextWorkers.run(
      &scan, batch: 64, rate: nil,
      connect: { [location] () throws(MigrationError) in try location.connectForRun("turnout-preview") },
      isCancelled: isCancelled,
      progress: { progress(state.losses, 0.25 + 0.75 * $0) },
      handle: { (users, connection) throws(MigrationError) in
        guard let planner = users.first.flatMap({ planners[$0.role] }) else { return 0 }
        let read = ContextRead(keys: planner.keys, limit: ContextRead.singleLimit)
        let contexts = try failing { () throws(RedisError) in
          try read.read(
            users.map { ContextRead.Question(user: $0.user, ids: $0.ids) }, watching: false, &connection)
        }
        for context in contexts { state.count { $0.add(context, planner) } }
        return users.count
      })
    return state.losses
  }

  private final class Counted: Sendable {
    private let value = Mutex(KillPreview.Losses())
    var losses: KillPreview.Losses { value.withLock { $0 } }
    func count(_ change: (inout KillPreview.Losses) -> Void) { value.withLock { change(&$0) } }
  }
}

extension KillPreview.Losses {
  fileprivate mutating func add(_ context: StoredContext, _ planner: TransferPlanner) {
    let plan = planner.reverse(context)
    switch plan.outcome {
    case .gone: return
    case .written(_, let messages):
      users += 1
      losing += 1
      self.messages += messages
      kept += messages
      if planner.isInTask(context) { tasks += 1 }
    case .unreadable(let value):
      users += 1
      // What cannot be read on unified is one thing; what is blocked by legacy is another.
      if context.legacy.contains(where: { $0.key == value.bytes }) {
        losing += 1
        blocked += 1
      } else {
        unreadable += 1
      }
    case .same, .ahead, .erased, .uncertain, .noConversation: users += 1
    }
  }
}

extension TransferPlanner {
  /// Whether the state on unified means something else than that on legacy, apart from times.
  fileprivate func isInTask(_ context: StoredContext) -> Bool {
    guard let view = try? ContextView(context, keys, mapping), let current = current(view) else { return false }
    guard let legacy = view.legacy, let meaning = try? mapping.meaning(ofLegacy: legacy) else { return true }
    return current.meaning.differences(from: meaning).contains { $0.field.hasPrefix("state") }
  }
}
