import ArgumentParser
import Conversations
import Glibc
import Redis

/// `turnout migrate --reverse`: the run, its report, and its exit status.
struct ReverseRun {
  var migration: ReverseMigration
  var location: ContextLocation
  /// The file for conversations that were left unchanged; nil for the standard name.
  var report: String?
  var output: OutputOptions

  func run() throws {
    let walk = try ContextWalk("reverse", report: report)
    var tally = ReverseTally()
    let result = walk.run(location, as: "turnout-reverse") { (connection) throws(MigrationError) in
      do throws(RedisError) {
        return try migration.run(on: &connection, isCancelled: { walk.isInterrupted }) { event in
          if case .progress(let now, _) = event { tally = now }
          handle(event, walk)
        }
      } catch { throw .redis(error) }
    }
    if case .success(let whole) = result { tally = whole }
    try end(walk, tally, result)
  }

  private func handle(_ event: ReverseEvent, _ walk: ContextWalk) {
    switch event {
    case .progress(let tally, let share):
      walk.reach(seen: tally.seen, unreadable: tally.unreadable, share: share)
    case .wrote(let write):
      if migration.isDryRun { Console.write(JSONOutput.line(PlannedWriteLine(write)) + "\n") }
    case .unreadable(_, let value): leave(value.bytes, value.reason, walk)
    case .busy(let owner):
      leave(Array(owner.currentKey.utf8), "modified during every attempt; run it again", walk)
    }
  }

  private func leave(_ key: [UInt8], _ reason: String, _ walk: ContextWalk) {
    let context = UnreadableContext(key: key, reason: reason)
    if migration.isDryRun { Console.write(JSONOutput.line(UnreadableLine(context, action: "leave")) + "\n") }
    if !migration.isDryRun || report != nil { walk.file.add(context) }
  }

  private func end(_ walk: ContextWalk, _ tally: ReverseTally, _ result: Result<ReverseTally, MigrationError>) throws {
    var error: MigrationError?
    if case .failure(let found) = result { error = found }
    try walk.conclude(
      error, isDry: migration.isDryRun, output,
      resume: "\nWhat was written back so far stays. To continue, run the command again.",
      missing: tally.seen + tally.unreadable == 0 ? "conversations" : nil, of: migration.roles, in: location
    ) { .reverse(tally, redis: location.description, $0) }
    let left = tally.unreadable + tally.busy
    if left > 0 { throw failure(.incomplete, "\(counted(left, "conversation")) could not be written back.") }
  }
}

extension TallyReport {
  /// What `turnout migrate --reverse` did.
  static func reverse(_ tally: ReverseTally, redis: String, _ run: RunSummary) -> TallyReport {
    var notes: [String] = []
    if tally.lost > 0 {
      notes.append("Lost: \(counted(tally.lost, "message")), older than the last 10 of their conversation.")
    }
    if tally.outsideChanged > 0 {
      notes += Column.wrapped(
        "\(counted(tally.outsideChanged, "conversation")) outside the selection would be written back, too. Run "
          + "turnout kill first, or add --all.", 80)
    }
    return TallyReport(
      redis: redis, heading: [run.heading("Conversations")],
      rows: [
        Row(
          key: "written", label: run.isDry == true ? "would be written back" : "written back", count: tally.written,
          note: "with \(counted(tally.messages, "message"))", isRequired: true),
        Row(key: "created", label: "of these new", count: tally.created, note: "had no legacy context"),
        Row(key: "messages", count: tally.messages),
        Row(key: "lost", count: tally.lost),
        Row(key: "unchanged", label: "unchanged", count: tally.unchanged, note: "legacy has everything already"),
        Row(key: "expired", label: "expired", count: tally.expired, note: "expired during the run"),
        Row(key: "outside", label: "outside", count: tally.outside, note: "outside the selection"),
        Row(key: "outside_changed", count: tally.outsideChanged),
        Row(
          key: "unreadable", label: "unreadable", count: tally.unreadable, note: "could not be read; left unchanged"),
        Row(key: "busy", label: "busy", count: tally.busy, note: "modified during every attempt; run it again"),
      ], notes: notes + run.notes, members: run.members)
  }
}
