import Configuration
import FlagStore
import Flags
import Reactor

/// One change of one flag, from the command line to the moment when the proxies decide by it:
///
///     read the flag -> is it the revision that was asked for, and no larger a step than is allowed? -> store it (whole,
///     only if nobody else changed the flag) -> ask until this very revision is in force -> say so
///
/// A change that changes nothing is not written, but still confirmed: `turnout kill` twice asks the proxy twice.
struct FlagChange {
  let edit: FlagEdit
  let options: ChangeOptions
  /// Whether any step is right, as large as it may be.
  let isCertain: Bool

  init(_ edit: FlagEdit, _ options: ChangeOptions, isCertain: Bool = true) {
    self.edit = edit
    self.options = options
    self.isCertain = isCertain
  }

  func run() throws {
    let system = try options.system.locate()
    let source = system.flags.source
    let before = try options.flag.read(from: source, advice: advice)
    try checkRevision(of: before, in: source)
    if !isCertain {
      let step = LargestStep(before: before, after: edit.apply(to: before), limit: system.flagStore.largestStep)
      try step.check(asking: !options.output.json)
    }
    let start = MonotonicClock.now()
    let after = try write(before, to: source)
    let confirmation = Confirmation(
      flag: after, source: source, client: AdminClient(.tcp(system.admin)), start: start,
      deadline: MonotonicClock.now() &+ options.wait.nanoseconds)
    let report = ChangeReport(
      edit: edit, before: before, after: after, result: confirmation.wait(), options: options, system: system)
    try report.print()
  }

  private func checkRevision(of flag: Flag, in source: any FlagSource) throws {
    guard let revision = options.ifRevision, flag.revision != revision else { return }
    let error = FlagStoreError.otherRevision(flag: flag.name, place: source.place, expected: revision, stored: flag)
    throw failure(error.exitStatus, "\(error)\nIt is \(ChangeReport.state(flag)) now.")
  }

  private func write(_ before: Flag, to source: any FlagSource) throws -> Flag {
    guard edit.apply(to: before) != before else { return before }
    do throws(FlagStoreError) {
      let signature = Signature(by: Author.text, from: Author.origin, reason: options.reason)
      return try source.store(edit, of: before, signed: signature)
    } catch {
      throw failure(error.exitStatus, error.description)
    }
  }

  private func advice(_ error: FlagStoreError) -> String {
    switch error {
    case .fileMissing:
      """
      \nNothing was changed. Is this the right folder? Otherwise give --config or --flags; `turnout status` shows the file \
      that a running proxy reads.
      """
    case .invalid, .notAFile, .fileTooLarge:
      """
      \nNothing was changed. A running proxy goes on with the last good flags: mend the file, then run the command again.
      In need, put { "NAME": 0 } in its place, with every flag that a route asks: everyone goes to legacy.
      """ + localKill
    case .unreachable, .refused, .lost:
      "\nNothing was changed. Running proxies go on with the last good flags.\(localKill)"
    case .unknownFlag, .conflict, .otherRevision, .wrongType, .uncertain, .valueTooLarge, .badName, .locked,
      .system:
      ""
    }
  }

  private var localKill: String {
    guard case .kill = edit else { return "" }
    return "\nTo send everyone of one proxy to legacy without the store: turnout kill --local\(options.system.typed)"
  }
}
