package import MySQL
internal import Reactor
internal import Redis
internal import Synchronization

/// Moves contexts from one side to the other while both are in use: scan -> read -> plan -> apply -> outcome.
///
/// `ContextScan` finds the users, some threads take a batch each: `ContextRead` reads all that Redis holds of them,
/// `TransferPlanner` decides, `ContextWrite` writes it in one transaction, if nobody wrote meanwhile; else the batch is read
/// again, one user at a time. Nothing is kept of a run but what stands in Redis, so an interrupted run is continued by
/// running again.
package struct ContextTransfer: Sendable {
  package enum Direction: Sendable { case toUnified, toLegacy }

  package var direction: Direction
  package var location: ContextLocation
  package var layout: Layout
  package var roles = ContextRole.allCases
  package var selection = MigrationSelection.everyone
  /// With the conversations and messages of the layout's queries; nil where the layout has none.
  package var database: MySQLAddress?
  /// How long records stay, in seconds.
  package var recordSeconds = Migration.standardKeepSeconds
  package var isDryRun = false
  /// Whether those outside the selection are read too, to count what would be written.
  package var looksAtOthers = false
  /// At most so many contexts per second are written.
  package var rate: Int?

  package init(_ direction: Direction, _ location: ContextLocation, _ layout: Layout) {
    self.direction = direction
    self.location = location
    self.layout = layout
  }

  /// What happened to one user, for lists and dry runs.
  package struct Event: Sendable {
    package var owner: ContextOwner
    package var outcome: TransferOutcome
    /// What would be written, in a dry run.
    package var writes: [KeyWrite]
    /// To be listed: the key, and why.
    package var listed: [UnreadableValue]
  }

  /// Runs until all is done, or until `isCancelled` after a batch. Events come on any thread.
  package func run(
    _ progress: TransferProgress, isCancelled: @escaping @Sendable () -> Bool = { false },
    _ report: @escaping @Sendable (Event) -> Void
  ) throws(MigrationError) {
    var connection = try location.connectForRun("turnout-scan")
    let evicted = try failing { () throws(RedisError) in
      try RedisInfo.read(&connection, section: "stats").number("evicted_keys") ?? 0
    }
    let steps = TransferSteps(self, hasEvictions: evicted > 0, progress, report)
    var scan = try ContextScan(
      layout, roles: roles, selection: looksAtOthers ? .everyone : selection,
      direction == .toUnified ? [.legacy, .records, .conversations] : [.conversations, .records])
    try scan.find(&connection, isCancelled: isCancelled) { progress.reach($0 / 10) }
    progress.count { $0.outside += scan.outside }
    for key in scan.unreadable { steps.list(UnreadableValue(bytes: key, reason: "the key contains no UTF-8 user")) }
    try ContextWorkers.run(
      &scan, batch: steps.batch, rate: rate,
      connect: { [location] () throws(MigrationError) in try location.connectForRun("turnout-transfer") },
      isCancelled: isCancelled, progress: { progress.reach(0.1 + 0.9 * $0) },
      handle: { (users, connection) throws(MigrationError) in try steps.handle(users, &connection) })
  }
}

/// The outcomes of the users that a run has seen so far.
package struct TransferTally: Sendable, Equatable {
  /// Something new on the other side.
  package var created = 0
  /// Something that was there got what it lacked.
  package var changed = 0
  package var same = 0
  package var ahead = 0
  package var gone = 0
  package var erased = 0
  package var uncertain = 0
  package var noConversation = 0
  package var unreadable = 0
  /// Changed by other clients at every attempt.
  package var busy = 0
  package var outside = 0
  /// Those of them of whom something would be written (`ContextTransfer.looksAtOthers`).
  package var outsideChanged = 0
  package var messages = 0

  package init() {}

  package var written: Int { created + changed }
  package var seen: Int { written + same + ahead + gone + erased + left + outside }
  /// Those who were meant and not handled; they are listed.
  package var left: Int { uncertain + noConversation + unreadable + busy }

  mutating func add(_ outcome: TransferOutcome) {
    switch outcome {
    case .written(let isNew, let messages):
      created += isNew ? 1 : 0
      changed += isNew ? 0 : 1
      self.messages += messages
    case .same: same += 1
    case .ahead: ahead += 1
    case .gone: gone += 1
    case .erased: erased += 1
    case .uncertain: uncertain += 1
    case .noConversation: noConversation += 1
    case .unreadable: unreadable += 1
    }
  }
}

/// The progress of a run, for observers on other threads.
package final class TransferProgress: Sendable {
  private let state = Mutex((tally: TransferTally(), share: 0.0))

  package init() {}

  /// Another pass over the same users: what was written is added up, all else is counted anew.
  package func beginPass() {
    state.withLock { state in
      var tally = TransferTally()
      tally.created = state.tally.created
      tally.changed = state.tally.changed
      tally.erased = state.tally.erased
      tally.messages = state.tally.messages
      state.tally = tally
    }
  }

  package var tally: TransferTally { state.withLock { $0.tally } }
  /// 0 ... 1.
  package var share: Double { state.withLock { $0.share } }

  func count(_ change: (inout TransferTally) -> Void) { state.withLock { change(&$0.tally) } }
  func reach(_ share: Double) { state.withLock { $0.share = share } }
}
