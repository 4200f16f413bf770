import ArgumentParser
import Bytes
import Configuration
import Conversations
import FlagStore
import Redis

/// Removes the keys of one layout, after writing them to a dump that can be restored.
struct CleanupContexts: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "cleanup", "Remove the contexts of one layout, after writing them to a dump file.",
    usage: "<layout> [--dry-run] [--dump <file>] [<options>]",
    discussion: """
      Safety checks refuse legacy until the flag has been at 100 % for 7 days, and unified while the flag sends users \
      there. A key is removed only if it is still what was dumped. turnout restore-dump puts the keys back, except those \
      that have expired.
      """,
    examples: [
      "turnout cleanup legacy --dry-run",
      "turnout cleanup legacy --dump legacy.dump",
      "turnout cleanup unified --role admin --yes",
    ])

  @Argument(help: "legacy or unified.")
  var layout: ContextLayout

  @Flag(help: "Count what would be removed; change nothing.")
  var dryRun = false

  @Flag(help: "Proceed despite the safety checks; the reasons are still printed.")
  var force = false

  @Flag(help: "Skip the confirmation.")
  var yes = false

  @Option(
    help: ArgumentHelp(
      "The dump, a new file. Default: turnout-LAYOUT-TIME.dump in the working folder.", valueName: "file"))
  var dump: String?

  @OptionGroup var speed: RateOptions

  @Option(help: ArgumentHelp("Only contexts of this role. Default: both.", valueName: "role"))
  var role: ContextRole?

  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws { try output.explainingFailures { try clean() } }

  private func clean() throws {
    let located = try system.locate()
    let location = try contexts.location(in: located)
    let objections = try gate(located.flags.source).objections
    func report(_ tally: CleanupTally) -> TallyReport {
      .cleanup(layout, redis: location.description, isDry: dryRun, objections, tally)
    }
    var connection = try orFail(.failed) {
      try location.connect(as: "turnout-cleanup", timeoutNanoseconds: 5_000_000_000, replyLimit: Cleanup.replyLimit)
    }
    let roles = role.map { [$0] } ?? ContextRole.allCases
    let described = try contexts.layout(in: located)
    try contexts.checkFit(described, of: roles, in: located)
    let cleanup = Cleanup(layout, in: described, roles: roles, rate: speed.limitRate)
    if dryRun { return try show(report(try preview(cleanup, &connection))) }
    try check(objections, report(CleanupTally()))
    let path = dump ?? Self.path(layout, seconds: Timestamp.nowSeconds())
    try orFail(.failed) { try Cleanup.check(dump: path) }
    guard yes || Console.confirm(CleanupText.question(layout, role, location.description)) != false else {
      throw failure(.failed, "Nothing was changed.")
    }
    let progress = ProgressLine()
    var error: CleanupError?
    do throws(CleanupError) {
      try cleanup.run(on: &connection, dump: path) { progress.show(CleanupText.progress($0, layout)) }
    } catch let failure { error = failure }
    progress.clear()
    try show(report(cleanup.tally))
    if let error { throw failure(.failed, CleanupText.error(error, cleanup.tally)) }
    let left = cleanup.tally.writtenMeanwhile + cleanup.tally.tooLarge
    if left > 0 {
      throw failure(
        .incomplete,
        """
        \(counted(left, "key was", "keys were")) not removed. For keys that were written during the run, run it again \
        with another --dump.
        Keys that are too large for a dump must be removed by hand, with UNLINK.
        """)
    }
  }

  private func gate(_ source: any FlagSource) throws -> CleanupGate {
    let now = Timestamp.nowSeconds()
    do {
      let name = try flag.name(in: source)
      let found = try source.flag(named: name)
      let trail = (try? source.audit(flag: name, limit: 1_000))?.entries ?? []
      let killed = (try? source.fleet())??.count { $0.isKilledLocally } ?? 0
      return CleanupGate(layout: layout, flag: found, trail: trail, killedLocally: killed, now: now)
    } catch let error as FlagStoreError {
      Console.printError("note: \(error)")
      return CleanupGate(layout: layout, flag: nil, trail: [], now: now)
    }
  }

  private func preview(_ cleanup: Cleanup, _ connection: inout RedisConnection) throws -> CleanupTally {
    let progress = ProgressLine()
    defer { progress.clear() }
    try orFail(.failed) {
      try cleanup.preview(on: &connection) { progress.show(CleanupText.progress($0, layout)) }
    }
    return cleanup.tally
  }

  private func show(_ report: TallyReport) throws { try output.print(report, else: report.text) }

  private func check(_ objections: [String], _ nothingDone: TallyReport) throws {
    if objections.isEmpty { return }
    let list = CleanupText.list(objections)
    guard force else {
      if output.json { try show(nothingDone) }
      throw failure(
        .failed,
        "Refused to remove the \(layout.rawValue) contexts:\n\(list)Nothing was changed. To proceed anyway, add --force."
      )
    }
    Console.printError("warning: removing the \(layout.rawValue) contexts although\n\(list)")
  }

  /// `turnout-legacy-20260301T093000Z.dump`
  static func path(_ layout: ContextLayout, seconds: Int) -> String {
    let time = Timestamp.text(seconds: seconds).filter { $0 != "-" && $0 != ":" }
    return "turnout-\(layout.rawValue)-\(time).dump"
  }
}

extension ContextLayout: ExpressibleByArgument {}
extension ContextRole: ExpressibleByArgument {}

extension TallyReport {
  /// What `turnout cleanup` did, or in a dry run would do.
  static func cleanup(
    _ layout: ContextLayout, redis: String, isDry: Bool, _ objections: [String], _ tally: CleanupTally
  ) -> TallyReport {
    let types = tally.types.sorted { $0.key < $1.key }.map { "\($0.key) \(NumberText.count($0.value))" }
    let size = "\(NumberText.bytes(tally.bytes)); \(types.joined(separator: ", "))"
    var notes: [String] = []
    if isDry {
      notes = ["Nothing was changed. Each key would be written to a dump, then removed."]
      notes += objections.flatMap { Column.wrapped("note: now refused, because " + Console.printable($0), 80) }
    } else if let dump = tally.dump {
      notes = [
        "Dump: \(Console.printable(dump)) (\(NumberText.bytes(tally.dumpBytes)))",
        "To restore: turnout restore-dump \(Shell.quoted(dump))",
      ]
    }
    return TallyReport(
      redis: redis, heading: ["\(layout.rawValue) contexts:"],
      rows: [
        Row(label: "found", count: tally.found, note: tally.found == 0 ? "" : size, isRequired: true),
        Row(label: isDry ? "without expiry" : nil, count: tally.withoutExpiry, isRequired: true),
        Row(label: isDry ? nil : "removed", count: tally.removed, isRequired: true),
        Row(label: "written meanwhile", count: tally.writtenMeanwhile, note: "not removed; run it again"),
        Row(label: "expired meanwhile", count: tally.gone),
        Row(label: "too large", count: tally.tooLarge, note: "not removed: larger than 56 MiB"),
        Row(label: "foreign", count: tally.foreign, note: "not keys of contexts; they stay"),
      ], notes: notes,
      members: ["layout": layout, "dry_run": isDry, "objections": objections, "tally": tally])
  }
}

/// What `turnout cleanup` says besides its report.
enum CleanupText {
  static func progress(_ tally: CleanupTally, _ layout: ContextLayout) -> String {
    "\(layout.rawValue): \(NumberText.count(tally.found)) found, \(NumberText.count(tally.removed)) removed"
  }

  /// The message of a clean-up that failed.
  static func error(_ error: CleanupError, _ tally: CleanupTally) -> String {
    if tally.dump == nil, !error.isResumable { return "\(error)\nNothing was changed." }
    let dump = tally.dump.map { "All of them are in \(Console.printable($0))." }
    return [
      "\(error)", "\(counted(tally.removed, "key was", "keys were")) removed before that.", dump,
      "To continue, run the command again with another --dump.",
    ].compactMap(\.self).joined(separator: "\n")
  }

  /// The objections as a list.
  static func list(_ objections: [String]) -> String {
    objections.flatMap { objection in
      Column.wrapped(Console.printable(objection), 76).enumerated().map {
        ($0.offset == 0 ? "  - " : "    ") + $0.element
      }
    }.map { $0 + "\n" }.joined()
  }

  /// The question before anything is removed; the answer is typed behind it.
  static func question(_ layout: ContextLayout, _ role: ContextRole?, _ redis: String) -> String {
    let who = role.map { " of role \($0.rawValue)" } ?? ""
    let text = "Remove all \(layout.rawValue) contexts\(who) from \(redis), after writing them to a dump? [y/N]"
    return Column.wrapped(text, 76).joined(separator: "\n")
  }
}
