internal import MySQL
internal import Redis

/// What is done with one batch of users of one role: read, plan, apply, tell.
struct TransferSteps: Sendable {
  let transfer: ContextTransfer
  /// Users per transaction. Larger ones make WATCH slower; a database is asked for more at once.
  let batch: Int
  private let planners: [ContextRole: TransferPlanner]
  private let databases: [ContextRole: ApplicationDatabase]
  private let progress: TransferProgress
  private let report: @Sendable (ContextTransfer.Event) -> Void

  init(
    _ transfer: ContextTransfer, hasEvictions: Bool, _ progress: TransferProgress,
    _ report: @escaping @Sendable (ContextTransfer.Event) -> Void
  ) {
    self.transfer = transfer
    self.progress = progress
    self.report = report
    var (planners, databases): ([ContextRole: TransferPlanner], [ContextRole: ApplicationDatabase]) = ([:], [:])
    for (role, layout) in transfer.layout.roles {
      planners[role] = TransferPlanner(
        layout, recordSeconds: transfer.recordSeconds, hasEvictions: hasEvictions)
      if let address = transfer.database { databases[role] = ApplicationDatabase(address, layout) }
    }
    self.planners = planners
    self.databases = databases
    batch = databases.isEmpty ? 16 : 64
  }

  func list(_ value: UnreadableValue) {
    progress.count { $0.unreadable += 1 }
    report(
      ContextTransfer.Event(
        owner: ContextOwner(.client, ""), outcome: .unreadable(value), writes: [], listed: [value]))
  }

  /// Returns how many contexts were written.
  func handle(_ users: [FoundContext], _ connection: inout RedisConnection) throws(MigrationError) -> Int {
    // Who has a conversation alone began on unified, and has nothing to move there.
    let users = transfer.direction == .toLegacy ? users : users.filter { $0.hasLegacy || $0.hasRecord }
    guard let role = users.first?.role, let planner = planners[role] else { return 0 }
    let questions = try questions(users, planner, databases[role])
    let read = ContextRead(keys: planner.keys, limit: ContextRead.batchLimit)
    var written = 0
    let waiting = try attempt(questions, planner, databases[role], read, &written, &connection)
    let single = ContextRead(keys: planner.keys, limit: ContextRead.singleLimit)
    for question in waiting {
      var rest = [question]
      for _ in 0..<MigrationLimits.attempts where !rest.isEmpty {
        rest = try attempt(rest, planner, databases[role], single, &written, &connection)
      }
      for question in rest { busy(question, role) }
    }
    return written
  }

  /// A user, and the conversations that matter.
  private struct Question {
    var user: [UInt8]
    var ids: [ConversationID]
    /// Where the application will look; nil: nobody knows.
    var open: [OpenConversation]?
    /// Those that get the context.
    var targets: [ConversationID]
    /// Whether the scan found what the direction is about; else only a record of earlier was found.
    var isPresent: Bool
    var isOutside: Bool
  }

  private func questions(
    _ users: [FoundContext], _ planner: TransferPlanner, _ database: ApplicationDatabase?
  ) throws(MigrationError) -> [Question] {
    let open = try database.flatMap { (database) throws(MigrationError) in
      try asking { () throws(MessageSourceError) in try database.open(of: users.map(\.user)) }
    }
    return users.enumerated().map { place, user in
      let rows = open?[place]
      let targets =
        rows.flatMap { planner.keys.layout.conversations?.receivers($0).map(\.id) }
        ?? [planner.keys.derivedID(user.user)]
      var ids = user.ids
      if transfer.direction == .toUnified { ids += targets.filter { !ids.contains($0) } }
      return Question(
        user: user.user, ids: ids, open: rows, targets: targets,
        isPresent: transfer.direction == .toUnified ? user.hasLegacy : !user.ids.isEmpty,
        isOutside: transfer.looksAtOthers && !transfer.selection.contains(user.user[...]))
    }
  }

  /// Returns those that were too large for a batch, or with which something came between.
  private func attempt(
    _ questions: [Question], _ planner: TransferPlanner, _ database: ApplicationDatabase?, _ read: ContextRead,
    _ written: inout Int, _ connection: inout RedisConnection
  ) throws(MigrationError) -> [Question] {
    let contexts = try failing { () throws(RedisError) in
      try read.read(
        questions.map { ContextRead.Question(user: $0.user, ids: $0.ids) }, watching: !transfer.isDryRun, &connection)
    }
    var (again, done): ([Question], [(Question, TransferPlan)]) = ([], [])
    var moves: [(Question, TransferPlanner.Move)] = []
    for (question, context) in zip(questions, contexts) {
      if context.isLarge {
        again.append(question)
      } else if transfer.direction == .toLegacy {
        done.append((question, planner.reverse(context)))
      } else {
        switch planner.look(context, targets: question.targets) {
        case .plan(let plan): done.append((question, plan))
        case .move(let move): moves.append((question, move))
        }
      }
    }
    let said = try messages(moves, database, planner.keys.layout)
    for (place, (question, move)) in moves.enumerated() {
      var plan = planner.plan(move, said: said?[place])
      plan.notes += planner.notes(move, question.open)
      done.append((question, plan))
    }
    let writes = done.filter { !$0.0.isOutside }.flatMap(\.1.writes)
    if transfer.isDryRun {
      for (question, plan) in done { tell(question, plan, planner.keys.layout.role, &written) }
      return again
    }
    let isWritten = try failing { () throws(RedisError) in try ContextWrite.apply(writes, &connection) }
    for (question, plan) in done {
      if isWritten || plan.writes.isEmpty || question.isOutside {
        tell(question, plan, planner.keys.layout.role, &written)
      } else {
        again.append(question)
      }
    }
    return again
  }

  /// Of each move, by conversation; nil without a database.
  private func messages(
    _ moves: [(Question, TransferPlanner.Move)], _ database: ApplicationDatabase?, _ layout: RoleLayout
  ) throws(MigrationError) -> [[ConversationID: [Message]]]? {
    guard let database, layout.messages != nil else { return nil }
    let asked = moves.flatMap { question, move in move.targets.map { (user: question.user, id: $0) } }
    var found = try asking { () throws(MessageSourceError) in
      try database.messages(of: asked, layout.unified.historyLimit)
    }[...]
    return moves.map { _, move in
      defer { found = found.dropFirst(move.targets.count) }
      return Dictionary(zip(move.targets, found), uniquingKeysWith: { first, _ in first })
    }
  }

  private func tell(_ question: Question, _ plan: TransferPlan, _ role: ContextRole, _ written: inout Int) {
    if question.isOutside {
      return progress.count {
        $0.outside += 1
        if case .written = plan.outcome { $0.outsideChanged += 1 }
      }
    }
    if plan.outcome == .gone, !question.isPresent { return }
    if case .written = plan.outcome { written += 1 }
    progress.count { $0.add(plan.outcome) }
    let listed = listed(plan.outcome, question, role) + plan.notes
    if listed.isEmpty, !transfer.isDryRun { return }
    report(
      ContextTransfer.Event(
        owner: ContextOwner(role, String(decoding: question.user, as: UTF8.self)), outcome: plan.outcome,
        writes: transfer.isDryRun ? plan.writes : [], listed: listed))
  }

  private func listed(_ outcome: TransferOutcome, _ question: Question, _ role: ContextRole) -> [UnreadableValue] {
    let key = planners[role]?.keys.legacy(question.user).first ?? question.user
    switch outcome {
    case .unreadable(let value): return [value]
    case .noConversation:
      return [
        UnreadableValue(
          bytes: key,
          reason: "the application's database has no open conversation of this user, so the application "
            + "would not find what is migrated; nothing was written")
      ]
    case .uncertain:
      return [
        UnreadableValue(
          bytes: key,
          reason: "one side is gone before its life was over, and this Redis has evicted keys: whether the user "
            + "erased it cannot be told; nothing was written")
      ]
    case .written, .same, .ahead, .gone, .erased: return []
    }
  }

  private func busy(_ question: Question, _ role: ContextRole) {
    progress.count { $0.busy += 1 }
    let key = planners[role]?.keys.legacy(question.user).first ?? question.user
    report(
      ContextTransfer.Event(
        owner: ContextOwner(role, String(decoding: question.user, as: UTF8.self)), outcome: .same, writes: [],
        listed: [UnreadableValue(bytes: key, reason: "modified during every attempt; run it again")]))
  }
}

private func asking<Result>(_ body: () throws(MessageSourceError) -> Result) throws(MigrationError) -> Result {
  do throws(MessageSourceError) { return try body() } catch { throw .messages(error) }
}

extension TransferPlanner {
  /// What an operator should know of the rows that the application has for this user.
  func notes(_ move: Move, _ open: [OpenConversation]?) -> [UnreadableValue] {
    guard keys.layout.conversations?.rows == .newest, let open, let newest = open.first else { return [] }
    var notes: [UnreadableValue] = []
    if open.count > 1 {
      notes.append(
        UnreadableValue(
          bytes: move.view.legacyKey,
          reason: "warning: \(open.count) open conversations of one user, of which the application "
            + "continues at most the newest; if it begins one with every message, no migration can make it continue"))
    }
    if let begun = newest.startedAt, case let used = move.legacy.updatedMilliseconds, used > 0, begun > used + 1_000 {
      notes.append(
        UnreadableValue(
          bytes: move.view.legacyKey,
          reason: "warning: the conversation \(newest.id.text) began after the context was last used; "
            + "the application may not continue this context there"))
    }
    return notes
  }
}
