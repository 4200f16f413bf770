import ArgumentParser
import Configuration
import Conversations
import Flags
import Glibc
import Reactor

/// Legacy contexts become conversations of the unified layout.
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Migrate legacy contexts to the unified layout, while both are in use.",
    discussion: """
      Run it right before a raise with --stage, and once more after it with the same --buckets: what was said on legacy \
      meanwhile is added. A run that was interrupted is taken up by running it again. Legacy keys stay for a week. \
      docs/migration.md says all of it.
      """)

  @ArgumentParser.Flag(help: "Print what would be written, a JSON object on each line, and write nothing.")
  var dryRun = false

  @ArgumentParser.Flag(
    help: "The other way, after a rollback: what users said on unified goes into their legacy contexts.")
  var reverse = false

  @ArgumentParser.Flag(help: "With --reverse: of everybody, not just of those whom the flag sends to legacy now.")
  var all = false

  @OptionGroup(title: "Whose contexts") var selection: SelectionOptions

  @Option(help: ArgumentHelp("How long legacy keys stay: 7d, 36h; 0 leaves them as they are.", valueName: "time"))
  var keepLegacy = KeepTime(seconds: Migration.standardKeepSeconds)

  @Option(help: ArgumentHelp("At most so many contexts per second.", valueName: "number"))
  var limitRate: Int?

  @Option(
    help: ArgumentHelp(
      "Where contexts that could not be read are listed. Default: turnout-migrate-report-TIME.jsonl.", valueName: "file"
    ),
    completion: .file())
  var report: String?

  @OptionGroup var messages: MessagesOptions

  @ArgumentParser.Flag(help: "Take the messages of the legacy value, also with $TURNOUT_MESSAGES.")
  var noMessages = false

  @OptionGroup var contexts: ContextOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if all, !reverse || selection.buckets != nil {
      throw ValidationError("--all goes with --reverse, without --buckets.")
    }
    if reverse, selection.stage != nil { throw ValidationError("--reverse takes --buckets, not --stage.") }
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate is a number from 1.") }
    if noMessages, messages.messages != nil {
      throw ValidationError("--messages and --no-messages exclude each other.")
    }
  }

  func run() throws {
    if reverse { return try reversed().run() }
    let migration = try migration()
    let outcome: MigrationOutcome
    do throws(SystemError) { outcome = try carryOut(migration) } catch { throw failure(.failed, error.description) }
    try outcome.tell(migration, dryRun: dryRun, json: output.json)
  }

  private func migration() throws -> Migration {
    let system = try system.locate()
    let flags = system.flags
    var migration = Migration(place: try contexts.place(in: system), lifetimes: try contexts.lifetimes)
    migration.selection = try selection.selection(flags.source)
    if let role = selection.role { migration.roles = [role] }
    migration.keepSeconds = keepLegacy.seconds
    migration.rate = limitRate
    if !noMessages { migration.messages = try messages.source }
    let longest = migration.roles.map(migration.lifetimes.longest).max() ?? 0
    guard keepLegacy.seconds == 0 || keepLegacy.seconds > longest else {
      throw failure(
        .usage,
        "--keep-legacy is longer than a context lives (\(longest) s), or 0: it is how migrated contexts are known.")
    }
    return migration
  }

  private func reversed() throws -> ReverseRun {
    let system = try system.locate()
    let flags = system.flags
    var migration = ReverseMigration()
    migration.lifetimes = try contexts.lifetimes
    if let role = selection.role { migration.roles = [role] }
    migration.users =
      all || selection.buckets != nil
      ? try selection.selection(flags.source) : try selection.sent(to: .legacy, by: flags.source)
    // After a kill there are none; before it, to say nothing of them would look as if all were back.
    migration.looksAtOthers = !all && selection.buckets == nil
    migration.isDryRun = dryRun
    migration.rate = limitRate
    return ReverseRun(
      migration: migration, place: try contexts.place(in: system), report: report, json: output.json)
  }

  private func carryOut(_ migration: Migration) throws(SystemError) -> MigrationOutcome {
    let interruption = try Interruption()
    // Whoever reads the lines of a dry run may have seen enough.
    if dryRun { _ = signal(SIGPIPE, SIG_DFL) }
    let progress = MigrationProgress()
    let file = UnreadableFile(report)
    let meter = try MigrationMeter(progress)
    var fault: MigrationFailure?
    do throws(MigrationFailure) {
      if dryRun {
        try preview(migration, progress, file, interruption)
      } else {
        try migration.run(progress, isCancelled: { interruption.isAsked }, onUnreadable: { file.add($0) })
      }
    } catch {
      fault = error
    }
    let seconds = meter.seconds
    meter.end()
    return MigrationOutcome(
      progress: progress, seconds: seconds, fault: fault, wasInterrupted: interruption.isAsked, file: file)
  }

  /// What could not be read is among the lines; a file is made only where one was asked for.
  private func preview(
    _ migration: Migration, _ progress: MigrationProgress, _ file: UnreadableFile, _ interruption: Interruption
  ) throws(MigrationFailure) {
    let makesFile = report != nil
    try migration.preview(
      progress, isCancelled: { interruption.isAsked },
      onUnreadable: { context in
        if makesFile { file.add(context) }
        Console.write(JSONOutput.line(LeftLine(context)) + "\n")
      },
      { Console.write($0.map { JSONOutput.line(PreviewLine($0)) + "\n" }.joined()) })
  }
}

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

/// What a migration came to.
struct MigrationReport: Encodable {
  var redis: String
  var migrated: Int
  var merged: Int
  var present: Int
  var live: Int
  var gone: Int
  var unreadable: Int
  var outside: Int
  var seconds: Double
  var dryRun: Bool
  /// False when it ended early.
  var complete: Bool
  /// The file that lists what could not be read.
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, migrated, merged, present, live, gone, unreadable, outside, seconds, complete, report
    case dryRun = "dry_run"
  }

  init(_ tally: MigrationTally, redis: String, seconds: Double, dryRun: Bool, complete: Bool, report: String?) {
    self.redis = redis
    migrated = tally.migrated
    merged = tally.merged
    present = tally.present
    live = tally.live
    gone = tally.gone
    unreadable = tally.unreadable
    outside = tally.outside
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.dryRun = dryRun
    self.complete = complete
    self.report = report
  }

  var text: String {
    let rate =
      seconds > 0 && migrated + merged > 0 ? ", \(Column.count(UInt64(Double(migrated + merged) / seconds)))/s" : ""
    let time = Column.number(seconds) + " s" + (dryRun ? "" : rate)
    let rows: [(Int, String)] = [
      (migrated, dryRun ? "would be migrated" : "migrated"),
      (
        merged,
        dryRun ? "would get what was said on legacy since" : "got what was said on legacy since they were migrated"
      ),
      (present, "are migrated already"), (live, "have a conversation that was begun on unified: left"),
      (gone, "expired or were removed meanwhile"), (outside, "are of users who were not asked for"),
      (unreadable, "could not be read: left as they are"),
    ]
    let shown = rows.enumerated().filter { $0.offset == 0 || $0.element.0 > 0 }.map(\.element)
    let width = shown.map { "\($0.0)".count }.max() ?? 1
    let heading = dryRun ? "Dry run, nothing was written" : complete ? "Done" : "Ended early"
    return LookedIn.heading(redis) + "\(heading) (\(time)). Contexts:\n"
      + shown.map { "  \(Column.right("\($0.0)", width))  \($0.1)\n" }.joined()
      + (report.map { "Listed in \($0)\n" } ?? "")
  }
}
