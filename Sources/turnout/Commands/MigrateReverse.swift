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

/// What a reverse migration came to.
struct ReverseReport: Encodable {
  var redis: String
  var written: Int
  var created: Int
  var messages: Int
  var lost: Int
  var unchanged: Int
  var expired: Int
  var outside: Int
  /// Of these, as far as the flag decided who is asked for: they would go back.
  var outsideChanged: Int
  var unreadable: Int
  var busy: Int
  var seconds: Double
  var dryRun: Bool
  /// False when it ended early.
  var complete: Bool
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, written, created, messages, lost, unchanged, expired, outside, unreadable, busy, seconds, complete,
      report
    case dryRun = "dry_run"
    case outsideChanged = "outside_changed"
  }

  init(_ tally: ReverseTally, redis: String, seconds: Double, dryRun: Bool, complete: Bool, report: String?) {
    self.redis = redis
    written = tally.written
    created = tally.created
    messages = tally.messages
    lost = tally.lost
    unchanged = tally.unchanged
    expired = tally.expired
    outside = tally.passedOver
    outsideChanged = tally.passedOverChanged
    unreadable = tally.unreadable
    busy = tally.busy
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.dryRun = dryRun
    self.complete = complete
    self.report = report
  }

  var text: String {
    let rows: [(Int, String)] = [
      (
        written,
        (dryRun ? "would go back into legacy, with " : "went back into legacy, with ") + counted(messages, "message")
      ),
      (created, "of these without a legacy context until now"),
      (unchanged, "have nothing that legacy does not have"), (expired, "expired meanwhile"),
      (outside, "are of users who were not asked for"), (unreadable, "could not be read: left as they are"),
      (busy, "were written by others at every attempt: run it again"),
    ]
    let shown = rows.enumerated().filter { $0.offset == 0 || $0.element.0 > 0 }.map(\.element)
    let width = shown.map { "\($0.0)".count }.max() ?? 1
    let heading = dryRun ? "Dry run, nothing was written" : complete ? "Done" : "Ended early"
    let gone = "Gone: \(counted(lost, "message")), older than the last 10 of their conversation.\n"
    return LookedIn.heading(redis) + "\(heading) (\(Column.number(seconds)) s). Conversations:\n"
      + shown.map { "  \(Column.right("\($0.0)", width))  \($0.1)\n" }.joined() + (lost > 0 ? gone : "")
      + (outsideChanged > 0 ? waiting : "")
      + (report.map { "Listed in \($0)\n" } ?? "")
  }

  private var waiting: String {
    let text =
      "\(outsideChanged) of users whom the flag sends to unified would go back, too: turnout kill first, or --all"
    return Column.wrapped(text, 80).map { $0 + "\n" }.joined()
  }
}
