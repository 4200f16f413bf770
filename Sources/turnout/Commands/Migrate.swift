import ArgumentParser
import Configuration
import Conversations
import Flags
import Glibc
import Reactor

/// Migrates legacy contexts to conversations of the unified layout.
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "migrate", "Migrate legacy contexts to the unified layout, while both are in use.",
    usage: "[--dry-run] [--stage <percent>] [<options>]",
    discussion: """
      Run it right before a raise with --stage, and again after the raise with --buckets: the second run adds what was \
      said on legacy in between. To continue an interrupted run, run it again. Legacy keys stay for a week. See \
      docs/migration.md.
      """,
    examples: [
      "turnout migrate --stage 10 --dry-run",
      "turnout migrate --stage 10",
      "turnout migrate --reverse",
    ])

  @ArgumentParser.Flag(help: "Print what would be written, one JSON object per line; write nothing.")
  var dryRun = false

  @ArgumentParser.Flag(
    help: "After a rollback, the other direction: copy what users said on unified into their legacy contexts.")
  var reverse = false

  @ArgumentParser.Flag(
    help:
      "With --stage: keep migrating what these users write on legacy until the raise is in force and their last requests have ended. Start it, raise the flag, and wait for its end."
  )
  var follow = false

  @ArgumentParser.Flag(help: "With --reverse: all users, not only those whom the flag sends to legacy now.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "How long legacy keys stay; 0 leaves their expiry unchanged. Default: 7d.", valueName: "duration"),
    transform: DurationArgument.within(.zero ... .seconds(365 * 86_400)))
  var keepLegacy = DurationArgument(.seconds(Migration.standardKeepSeconds))

  @Option(
    help: ArgumentHelp(
      "The list of contexts that could not be read. Default: turnout-migrate-report-TIME.jsonl.", valueName: "file"),
    completion: .file())
  var report: String?

  @ArgumentParser.Flag(help: "Take the messages from the legacy value, even if $TURNOUT_MESSAGES is set.")
  var noMessages = false

  @OptionGroup var speed: RateOptions
  @OptionGroup(title: "Which contexts") var selection: SelectionOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Messages") var messages: MessagesOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    if all, !reverse || selection.buckets != nil {
      throw ValidationError("--all requires --reverse and excludes --buckets.")
    }
    if reverse, selection.stage != nil { throw ValidationError("--reverse takes --buckets, not --stage.") }
    if follow, selection.stage == nil || reverse || dryRun {
      throw ValidationError("--follow requires --stage and excludes --reverse and --dry-run.")
    }
    if noMessages, messages.messages != nil {
      throw ValidationError("--messages and --no-messages exclude each other.")
    }
  }

  func run() throws {
    let system = try system.locate()
    let layout = try contexts.layout(in: system)
    try contexts.checkFit(layout, of: selection.roles, in: system)
    guard layout.isStandard else { return try transfer(layout, system).run() }
    if follow { throw failure(.usage, "--follow needs contexts.layout, and turnout is the sample application's own.") }
    if reverse { return try reversed(system).run() }
    let migration = try migration(system)
    let progress = MigrationProgress()
    let walk = try ContextWalk("migrate", report: report) {
      let tally = progress.tally
      return WalkLine(seen: tally.seen, unreadable: tally.unreadable, share: progress.share, seconds: $0)
    }
    // The reader of a dry run, such as head(1), may stop early.
    if dryRun { _ = signal(SIGPIPE, SIG_DFL) }
    var error: MigrationError?
    do throws(MigrationError) {
      if dryRun {
        try preview(migration, progress, walk)
      } else {
        try migration.run(progress, isCancelled: { walk.isInterrupted }, onUnreadable: { walk.file.add($0) })
      }
    } catch let failure {
      error = failure
    }
    walk.end()
    let tally = progress.tally
    try walk.conclude(
      error, isDry: dryRun, output,
      resume: "\nWhat was migrated so far stays migrated. To continue, run the command again.",
      missing: tally.seen == 0 ? "legacy contexts" : nil, of: migration.roles, in: migration.place
    ) { .migration(tally, redis: migration.place.description, $0) }
    if tally.unreadable > 0 { throw failure(.incomplete, "\(counted(tally.unreadable, "context")) could not be read.") }
  }

  private func transfer(_ layout: Layout, _ system: Configuration) throws -> TransferRun {
    var transfer = ContextTransfer(reverse ? .toLegacy : .toUnified, try contexts.location(in: system), layout)
    transfer.roles = selection.roles.filter { layout.roles[$0] != nil }
    let flags = system.flags
    transfer.selection =
      reverse && !all && selection.buckets == nil
      ? try selection.sent(to: .legacy, by: flags.source) : try selection.selection(flags.source)
    // After a kill nobody is outside the selection; before it, the report must say how many are.
    transfer.looksAtOthers = reverse && !all && selection.buckets == nil
    // The way back needs no database: messages are in it, whichever side wrote them.
    if !reverse {
      transfer.database = try messages.database(for: layout, roles: transfer.roles, isUnasked: noMessages)
    }
    transfer.recordSeconds = keepLegacy.seconds
    transfer.isDryRun = dryRun
    transfer.rate = speed.limitRate
    var run = TransferRun(transfer: transfer, report: report, output: output)
    if follow, let stage = selection.stage {
      let selection = selection
      run.isRaised = {
        let flag = try selection.flag.read(from: flags.source)
        return flag.isEnabled && flag.percentage >= stage
      }
    }
    return run
  }

  private func migration(_ system: Configuration) throws -> Migration {
    var migration = Migration(place: try contexts.location(in: system), lifetimes: try contexts.lifetimes)
    migration.selection = try selection.selection(system.flags.source)
    migration.roles = selection.roles
    migration.keepSeconds = keepLegacy.seconds
    migration.rate = speed.limitRate
    if !noMessages { migration.messages = try messages.source(in: system) }
    let longest = migration.roles.map(migration.lifetimes.longest).max() ?? 0
    guard keepLegacy.duration == .zero || keepLegacy.seconds > longest else {
      throw failure(
        .usage,
        """
        --keep-legacy must be 0 or longer than a context lives (\(longest) s): migrated contexts are recognized by it.
        """)
    }
    return migration
  }

  private func reversed(_ system: Configuration) throws -> ReverseRun {
    let flags = system.flags
    var migration = ReverseMigration()
    migration.lifetimes = try contexts.lifetimes
    migration.roles = selection.roles
    migration.users =
      all || selection.buckets != nil
      ? try selection.selection(flags.source) : try selection.sent(to: .legacy, by: flags.source)
    // After a kill nobody is outside the selection; before it, the report must say how many are.
    migration.looksAtOthers = !all && selection.buckets == nil
    migration.isDryRun = dryRun
    migration.rate = speed.limitRate
    return ReverseRun(
      migration: migration, location: try contexts.location(in: system), report: report, output: output)
  }

  /// Unreadable contexts are among the lines; the file is created only if --report names one.
  private func preview(
    _ migration: Migration, _ progress: MigrationProgress, _ walk: ContextWalk
  ) throws(MigrationError) {
    let createsFile = report != nil
    try migration.preview(
      progress, isCancelled: { walk.isInterrupted },
      onUnreadable: { context in
        if createsFile { walk.file.add(context) }
        Console.write(JSONOutput.line(UnreadableLine(context, action: "leave")) + "\n")
      },
      { Console.write($0.map { JSONOutput.line(PlannedWriteLine($0)) + "\n" }.joined()) })
  }
}

extension TallyReport {
  /// What `turnout migrate` did.
  static func migration(_ tally: MigrationTally, redis: String, _ run: RunSummary) -> TallyReport {
    let isDry = run.isDry == true
    return TallyReport(
      redis: redis, heading: [run.heading(rateOf: tally.migrated + tally.merged, "Contexts")],
      rows: [
        Row(key: "migrated", label: isDry ? "would be migrated" : "migrated", count: tally.migrated, isRequired: true),
        Row(
          key: "merged", label: isDry ? "would be merged" : "merged", count: tally.merged,
          note: "adds what was said on legacy since migration"),
        Row(key: "present", label: "migrated earlier", count: tally.present),
        Row(key: "live", label: "live on unified", count: tally.live, note: "conversation began there; left unchanged"),
        Row(key: "gone", label: "gone", count: tally.gone, note: "expired or removed during the run"),
        Row(key: "outside", label: "outside", count: tally.outside, note: "outside the selection"),
        Row(
          key: "unreadable", label: "unreadable", count: tally.unreadable, note: "could not be read; left unchanged"),
      ], notes: run.notes, members: run.members)
  }
}
