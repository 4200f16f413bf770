import ArgumentParser
import Conversations
import Redis

/// `turnout migrate --reverse`: the run, what is said of it, and how it ends.
struct ReverseRun {
  var migration: ReverseMigration
  var place: ContextLocation
  /// The file for what was left as it is.
  var report: String?
  var json: Bool

  func run() throws {
    let walk = try ContextWalk("reverse", report: report)
    var tally = ReverseTally()
    let result = walk.run(place, as: "turnout-reverse") { (connection) throws(MigrationFailure) in
      do throws(RedisError) {
        return try migration.run(on: &connection, isCancelled: { walk.isInterrupted }) { event in
          if case .progress(let now, _) = event { tally = now }
          tell(event, walk)
        }
      } catch { throw .redis(error) }
    }
    if case .success(let whole) = result { tally = whole }
    try end(walk, tally, result)
  }

  private func tell(_ event: ReverseEvent, _ walk: ContextWalk) {
    switch event {
    case .progress(let tally, let share):
      walk.reach(seen: tally.seen, unreadable: tally.unreadable, share: share)
    case .wrote(let write):
      if migration.isDryRun { Console.write(JSONOutput.line(ReverseLine(write)) + "\n") }
    case .unreadable(_, let value): leave(value.bytes, value.reason, walk)
    case .busy(let owner):
      leave(Array(owner.currentKey.utf8), "somebody writes it again and again; run once more", walk)
    }
  }

  private func leave(_ key: [UInt8], _ reason: String, _ walk: ContextWalk) {
    let context = UnreadableContext(key: key, reason: reason)
    if migration.isDryRun { Console.write(JSONOutput.line(LeftLine(context)) + "\n") }
    if !migration.isDryRun || report != nil { walk.file.add(context) }
  }

  private func end(_ walk: ContextWalk, _ tally: ReverseTally, _ result: Result<ReverseTally, MigrationFailure>) throws
  {
    let file = walk.file
    var fault: MigrationFailure?
    if case .failure(let found) = result { fault = found }
    let document = ReverseReport(
      tally, redis: place.description, seconds: walk.seconds, dryRun: migration.isDryRun,
      complete: fault == nil && !walk.isInterrupted,
      report: file.isThere ? file.path : nil)
    if json, !migration.isDryRun {
      try JSONOutput.print(document)
    } else {
      // The lines of a dry run are the data; the rest goes beside them.
      Console.write(document.text, to: migration.isDryRun ? 2 : 1)
    }
    if document.complete, tally.seen + tally.unreadable == 0 {
      LookedIn(place: place).sayNothingFound("conversation", migration.roles.count == 1 ? migration.roles.first : nil)
    }
    let goesOn = "\nWhat went back until then stays. Run it again: it goes on from there."
    if let fault { throw failure(.failed, "\(fault).\(goesOn)") }
    if walk.isInterrupted { throw failure(.failed, "Interrupted.\(goesOn)") }
    if let unlisted = file.fault { throw failure(.failed, "Not listed: \(unlisted)") }
    let left = tally.unreadable + tally.busy
    if left > 0 { throw failure(.incomplete, "\(counted(left, "conversation")) did not go back.") }
  }
}
