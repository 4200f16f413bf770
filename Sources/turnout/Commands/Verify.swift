import ArgumentParser
import Configuration
import Conversations

/// Whether the migrated contexts are what they were.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare every migrated context with the legacy context that it was made of, field by field.",
    discussion: """
      It may be run while both sides are in use, and writes nothing to Redis. What differs is listed in a file, field by \
      field. Exit status: 0 nothing differs; 12 something does; 2 nothing differs, but something could not be read. \
      docs/rollback.md says what the words of the table mean.
      """)

  @OptionGroup(title: "Whose contexts") var selection: SelectionOptions

  @Option(help: ArgumentHelp("At most so many contexts per second.", valueName: "number"))
  var limitRate: Int?

  @Option(
    help: ArgumentHelp(
      "Where the differences are listed. Default: turnout-verify-report-TIME.jsonl.", valueName: "file"),
    completion: .file())
  var report: String?

  @OptionGroup var messages: MessagesOptions
  @OptionGroup var contexts: ContextOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate is a number from 1.") }
  }

  func run() throws {
    let system = try system.locate()
    let flags = system.flags
    var verification = Verification()
    verification.lifetimes = try contexts.lifetimes
    verification.users = try selection.selection(flags.source)
    if let role = selection.role { verification.roles = [role] }
    verification.rate = limitRate
    let place = try contexts.place(in: system)
    let source = try messages.source
    let walk = try ContextWalk("verify", report: report)
    var tally = VerifyTally()
    let result = walk.run(place, as: "turnout-verify") { (connection) throws(MigrationFailure) in
      try verification.run(on: &connection, messages: source, isCancelled: { walk.isInterrupted }) { now, share in
        tally = now
        walk.reach(seen: now.compared + now.outside, unreadable: now.unreadable, share: share)
      } _: { key, outcome in
        if let line = VerifyLine(key, outcome) { walk.file.add(line: JSONOutput.line(line)) }
      }
    }
    if case .success(let whole) = result { tally = whole }
    try end(walk, place, tally, result)
  }

  private func end(
    _ walk: ContextWalk, _ place: ContextLocation, _ tally: VerifyTally, _ result: Result<VerifyTally, MigrationFailure>
  ) throws {
    let file = walk.file
    var fault: MigrationFailure?
    if case .failure(let found) = result { fault = found }
    let document = VerifyReport(
      tally, redis: place.description, seconds: walk.seconds, complete: fault == nil && !walk.isInterrupted,
      report: file.isThere ? file.path : nil)
    if output.json { try JSONOutput.print(document) } else { Console.write(document.text) }
    if document.complete, tally.found == 0 { LookedIn(place: place).sayNothingFound("context", selection.role) }
    if let fault { throw failure(.failed, "\(fault).") }
    if walk.isInterrupted { throw failure(.failed, "Interrupted.") }
    if let unlisted = file.fault { throw failure(.failed, "Not listed: \(unlisted)") }
    if tally.differs > 0 { throw failure(.notPassed, "\(counted(tally.differs, "context")) differ.") }
    if tally.unreadable > 0 { throw failure(.incomplete, "\(counted(tally.unreadable, "context")) could not be read.") }
  }
}

/// What a verification came to.
struct VerifyReport: Encodable {
  var redis: String
  var same: Int
  var liveSince: Int
  var begunOnUnified: Int
  var legacySince: Int
  var differs: Int
  var notMigrated: Int
  var expired: Int
  var legacyGone: Int
  var unreadable: Int
  var outside: Int
  var seconds: Double
  /// False when it ended early.
  var complete: Bool
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, same, differs, expired, unreadable, outside, seconds, complete, report
    case liveSince = "live_since"
    case begunOnUnified = "begun_on_unified"
    case legacySince = "legacy_since"
    case notMigrated = "not_migrated"
    case legacyGone = "legacy_gone"
  }

  init(_ tally: VerifyTally, redis: String, seconds: Double, complete: Bool, report: String?) {
    self.redis = redis
    same = tally.same
    liveSince = tally.liveSince
    begunOnUnified = tally.begunOnUnified
    legacySince = tally.legacySince
    differs = tally.differs
    notMigrated = tally.notMigrated
    expired = tally.expired
    legacyGone = tally.legacyGone
    unreadable = tally.unreadable
    outside = tally.outside
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.complete = complete
    self.report = report
  }

  /// A row for each outcome; those that never should be are always there.
  var text: String {
    let rows: [(name: String, count: Int, meaning: String, isAlways: Bool)] = [
      ("same", same, "every field as in the legacy context", true),
      ("live since", liveSince, "something was said on unified; the rest is still there", false),
      ("begun on unified", begunOnUnified, "not made of the legacy context", false),
      ("legacy since", legacySince, "something was said on legacy: migrate again", false),
      ("not migrated", notMigrated, "no conversation", false),
      ("expired", expired, "the conversation was not used for its lifetime", false),
      ("legacy gone", legacyGone, "the legacy context is not there any more", false),
      ("outside", outside, "users who were not asked for", false),
      ("unreadable", unreadable, "values that are broken: left as they are", true),
      ("differs", differs, "fields are not what they should be", true),
    ]
    let heading = complete ? "Compared" : "Ended early"
    let table = rows.filter { $0.isAlways || $0.count > 0 }.map { row in
      "  \(Column.left(row.name, 16))  \(Column.right("\(row.count)", 8))  \(row.meaning)\n"
    }
    return LookedIn.heading(redis) + "\(heading) (\(Column.number(seconds)) s). Contexts:\n" + table.joined()
      + (report.map { "Listed in \($0)\n" } ?? "")
  }
}

/// What is listed of one context that needs a look.
struct VerifyLine: Encodable {
  struct Field: Encodable {
    var field: String
    /// Nil: nothing.
    var expected: String?
    var found: String?
  }

  var key: String
  var outcome: String
  var fields: [Field]?
  /// Of what cannot be read: the key, which may be another than the context's, and why.
  var unreadable: UnreadableLine?

  /// Nil: there is nothing to look at.
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
    case .same, .liveSince, .begunOnUnified, .notMigrated, .expired, .legacyGone: return nil
    }
  }
}
