import Conversations
import Glibc

/// How a migration ended, and what to say of it.
struct MigrationOutcome {
  var progress: MigrationProgress
  var seconds: Double
  var fault: MigrationFailure?
  var wasInterrupted: Bool
  var file: UnreadableFile

  /// Prints what became of the contexts, and throws what the exit status is unless all went well.
  func tell(_ migration: Migration, dryRun: Bool, json: Bool) throws {
    let tally = progress.tally
    let isComplete = fault == nil && !wasInterrupted
    let report = MigrationReport(
      tally, redis: migration.place.description, seconds: seconds, dryRun: dryRun, complete: isComplete,
      report: file.isThere ? file.path : nil)
    // The lines of a dry run are the data; the rest goes beside them.
    if json, !dryRun {
      try JSONOutput.print(report)
    } else {
      Console.write(report.text, to: dryRun ? STDERR_FILENO : STDOUT_FILENO)
    }
    if isComplete, tally.seen == 0 {
      let roles = migration.roles
      LookedIn(place: migration.place).sayNothingFound("legacy context", roles.count == 1 ? roles.first : nil)
    }
    if let unlisted = file.fault { Console.complain("Not listed: \(unlisted)") }
    if let fault { throw failure(.failed, "\(fault).\(goesOn)") }
    if wasInterrupted { throw failure(.failed, "Interrupted.\(goesOn)") }
    if file.fault != nil { throw failure(.failed, "The list of what could not be read is not written.") }
    if tally.unreadable > 0 { throw failure(.incomplete, "\(counted(tally.unreadable, "context")) could not be read.") }
  }

  private var goesOn: String {
    "\nWhat was migrated until then stays migrated. Run it again: it goes on from there."
  }
}
