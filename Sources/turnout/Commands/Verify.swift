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
