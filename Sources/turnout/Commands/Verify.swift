import ArgumentParser
import Configuration
import Conversations
import Redis

/// Checks that the migrated contexts have the contents of the legacy contexts.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "verify", "Compare every migrated context with its legacy context, field by field.",
    usage: "[--role <role>] [--buckets <from..to>] [<options>]",
    discussion: """
      It can run while both layouts are in use, and writes nothing to Redis. Differences are listed in a file, field by \
      field. docs/rollback.md explains the table. Exit status: 0 nothing differs; 12 something differs; 2 nothing \
      differs, but something could not be read.
      """,
    examples: [
      "turnout verify",
      "turnout verify --role client --limit-rate 5000",
      "turnout verify --buckets 0..10 --json",
    ])

  @Option(
    help: ArgumentHelp(
      "The list of differences. Default: turnout-verify-report-TIME.jsonl.", valueName: "file"),
    completion: .file())
  var report: String?

  @OptionGroup var speed: RateOptions
  @OptionGroup(title: "Which contexts") var selection: SelectionOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Messages") var messages: MessagesOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let system = try system.locate()
    let layout = try contexts.layout(in: system)
    guard layout.isStandard else { return try compare(layout, system) }
    var verification = Verification()
    verification.lifetimes = try contexts.lifetimes
    verification.users = try selection.selection(system.flags.source)
    verification.roles = selection.roles
    verification.rate = speed.limitRate
    let location = try contexts.location(in: system)
    let source = try messages.source(in: system)
    let walk = try ContextWalk("verify", report: report)
    var tally = VerifyTally()
    let result = walk.run(location, as: "turnout-verify") { (connection) throws(MigrationError) in
      try verification.run(on: &connection, messages: source, isCancelled: { walk.isInterrupted }) { now, share in
        tally = now
        walk.reach(seen: now.compared + now.outside, unreadable: now.unreadable, share: share)
      } _: { key, outcome in
        if let line = VerifyLine(key, outcome) { walk.file.add(line: JSONOutput.line(line)) }
      }
    }
    if case .success(let whole) = result { tally = whole }
    try end(walk, location, tally, result)
  }

  private func compare(_ layout: Layout, _ system: Configuration) throws {
    var verification = LayoutVerification(try contexts.location(in: system), layout)
    verification.roles = selection.roles.filter { layout.roles[$0] != nil }
    verification.users = try selection.selection(system.flags.source)
    verification.database = try messages.database(for: layout, roles: verification.roles, isUnasked: false)
    verification.rate = speed.limitRate
    let walk = try ContextWalk("verify", report: report)
    var tally = VerifyTally()
    var result: Result<VerifyTally, MigrationError>
    do throws(MigrationError) {
      tally = try verification.run(isCancelled: { walk.isInterrupted }) { now, share in
        walk.reach(seen: now.compared + now.outside, unreadable: now.unreadable, share: share)
      } _: { key, outcome in
        if let line = VerifyLine(String(decoding: key, as: UTF8.self), outcome) {
          walk.file.add(line: JSONOutput.line(line))
        }
      }
      result = .success(tally)
    } catch { result = .failure(error) }
    walk.end()
    try end(walk, verification.location, tally, result)
  }

  private func end(
    _ walk: ContextWalk, _ location: ContextLocation, _ tally: VerifyTally,
    _ result: Result<VerifyTally, MigrationError>
  ) throws {
    var error: MigrationError?
    if case .failure(let found) = result { error = found }
    try walk.conclude(
      error, output, missing: tally.found == 0 ? "contexts" : nil, of: selection.roles, in: location
    ) { .verification(tally, redis: location.description, $0) }
    if tally.misplaced > 0 {
      throw failure(
        .notPassed,
        "The application will not find \(counted(tally.misplaced, "migrated conversation")): its database has no such open row."
      )
    }
    if tally.differs > 0 {
      throw failure(.notPassed, "\(counted(tally.differs, "context differs", "contexts differ")).")
    }
    if tally.unreadable > 0 { throw failure(.incomplete, "\(counted(tally.unreadable, "context")) could not be read.") }
  }
}

extension TallyReport {
  /// What `turnout verify` found: a row for each outcome. The rows that should be 0 are always there.
  static func verification(_ tally: VerifyTally, redis: String, _ run: RunSummary) -> TallyReport {
    TallyReport(
      redis: redis, heading: [run.heading(done: "Compared", "Contexts")],
      rows: [
        Row(
          key: "same", label: "same", count: tally.same, note: "every field as in the legacy context", isRequired: true),
        Row(
          key: "live_since", label: "live since", count: tally.liveSince,
          note: "continued on unified; the rest is still there"),
        Row(
          key: "begun_on_unified", label: "begun on unified", count: tally.begunOnUnified,
          note: "not made from the legacy context"),
        Row(
          key: "legacy_since", label: "legacy since", count: tally.legacySince,
          note: "continued on legacy: migrate again"),
        Row(key: "not_migrated", label: "not migrated", count: tally.notMigrated, note: "no conversation"),
        Row(key: "expired", label: "expired", count: tally.expired, note: "the conversation expired unused"),
        Row(key: "erased", label: "erased", count: tally.erased, note: "erased by the user on unified"),
        Row(
          key: "misplaced", label: "misplaced", count: tally.misplaced,
          note: "where the application will not look"),
        Row(key: "legacy_gone", label: "legacy gone", count: tally.legacyGone, note: "no legacy context any more"),
        Row(key: "outside", label: "outside", count: tally.outside, note: "outside the selection"),
        Row(
          key: "unreadable", label: "unreadable", count: tally.unreadable, note: "invalid values; left unchanged",
          isRequired: true),
        Row(
          key: "differs", label: "differs", count: tally.differs, note: "some fields are not as expected",
          isRequired: true),
      ], notes: run.notes, members: run.members)
  }
}

/// A context that needs a look, as it is listed in the file.
struct VerifyLine: Encodable {
  struct Field: Encodable {
    var field: String
    /// `nil` means the field is absent.
    var expected: String?
    var found: String?
  }

  var key: String
  var outcome: String
  var fields: [Field]?
  /// The unreadable key, which may be another one than the context's, and the reason.
  var unreadable: UnreadableLine?

  /// Nil if there is nothing to look at.
  init?(_ key: String, _ outcome: VerifyOutcome) {
    self.key = key
    switch outcome {
    case .differs(let differences):
      self.outcome = "differs"
      fields = differences.map { Field(field: $0.field, expected: $0.expected, found: $0.found) }
    case .unreadable(let value):
      self.outcome = "unreadable"
      unreadable = UnreadableLine(UnreadableContext(key: value.bytes, reason: value.reason))
    case .legacySince: self.outcome = "legacy_since"
    case .misplaced(let id):
      self.outcome = "misplaced"
      fields = [Field(field: "id", expected: "an open conversation of the user", found: id.text)]
    case .same, .liveSince, .begunOnUnified, .notMigrated, .expired, .erased, .legacyGone: return nil
    }
  }
}
