import ArgumentParser
import Bytes
import Conversations
import Redis

/// Puts back the keys that a clean-up removed.
struct RestoreDump: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "restore-dump", "Put back the keys that turnout cleanup removed, from its dump files.",
    usage: "<file> ... [--replace] [<options>]",
    discussion: """
      Restores values, types and expiries. Existing keys stay as they are, and expired keys are not restored. The command \
      can be repeated.
      """,
    examples: [
      "turnout restore-dump turnout-legacy-20260301T093000Z.dump",
      "turnout restore-dump legacy.dump --replace --redis redis://127.0.0.1:6379",
    ])

  @Argument(help: ArgumentHelp("Dump files, in the order in which to restore them.", valueName: "file"))
  var files: [String]

  @Flag(help: "Replace existing keys by the dumped values.")
  var replace = false

  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws { try output.explainingFailures { try restore() } }

  private func restore() throws {
    guard !files.isEmpty else { throw failure(.usage, "Name a dump file.") }
    // A file that is not a dump must be reported before anything is restored.
    for file in files {
      _ = try orFail(.failed) { try DumpReader.open(file) }
    }
    // After a disaster there may be no turnout.yaml; with --redis none is needed.
    let location = try contexts.location(of: system)
    var connection = try orFail(.failed) {
      try location.connect(as: "turnout-restore-dump", timeoutNanoseconds: 5_000_000_000)
    }
    let restoration = DumpRestoration(replacing: replace)
    let progress = ProgressLine()
    var error: CleanupError?
    for file in files where error == nil {
      do throws(CleanupError) {
        try restoration.run(DumpReader.open(file), on: &connection) {
          progress.show("\(NumberText.count($0.records)) read, \(NumberText.count($0.restored)) restored")
        }
      } catch let failure { error = failure }
    }
    progress.clear()
    let tally = restoration.tally
    let report = TallyReport.restoration(tally, redis: location.description, files)
    try output.print(report, else: report.text)
    if let error {
      let again = error.isResumable ? " To continue, run the command again." : ""
      throw failure(.failed, "\(error)\nThe keys restored so far stay.\(again)")
    }
    guard tally.torn.isEmpty, tally.refused == 0 else {
      throw failure(.failed, "Not everything in the dump could be restored.")
    }
  }
}

extension TallyReport {
  /// What `turnout restore-dump` did.
  static func restoration(_ tally: DumpRestoration.Tally, redis: String, _ files: [String]) -> TallyReport {
    let refusals = tally.refusals.map {
      "  \(Column.cut(Console.printable($0.key), 30)): \(Console.printable($0.reason))"
    }
    let torn = tally.torn.map {
      "\(Console.printable($0.path)): torn at byte \($0.offset). Everything before it was read."
    }
    return TallyReport(
      redis: redis, heading: ["\(counted(files.count, "dump")):"],
      rows: [
        Row(label: "records", count: tally.records, isRequired: true),
        Row(label: "restored", count: tally.restored, isRequired: true),
        Row(
          label: "existing", count: tally.existing,
          note: tally.existing > 0 ? "unchanged; --replace replaces them" : "",
          isRequired: true),
        Row(label: "expired", count: tally.expired, note: tally.expired > 0 ? "not restored" : "", isRequired: true),
        Row(label: "refused", count: tally.refused, note: "not accepted by Redis"),
      ], notes: refusals + torn, members: ["files": files, "tally": tally])
  }
}
