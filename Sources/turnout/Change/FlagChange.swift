import Configuration
import FlagStore
import Flags
import Reactor

/// One change of one flag, from the command line to the moment when the proxy decides by it:
///
///     read the file -> write it (FlagFile: locked, whole, only if nobody else changed the flag) -> ask the proxy until
///     it says that this very revision is in force -> say so
///
/// A change that changes nothing is not written, but still confirmed: `turnout kill` twice asks the proxy twice.
struct FlagChange {
  let edit: FlagEdit
  let options: ChangeOptions

  init(_ edit: FlagEdit, _ options: ChangeOptions) {
    self.edit = edit
    self.options = options
  }

  func run() throws {
    let system = try options.system.locate()
    let file = FlagFile(system.place)
    let before = try readFlag(in: file)
    let start = MonotonicClock.now()
    let after = try write(before, to: file)
    let confirmation = Confirmation(
      flag: after, file: file, client: AdminClient(address: system.admin), start: start,
      deadline: MonotonicClock.now() &+ options.wait.nanoseconds)
    let report = ChangeReport(
      edit: edit, before: before, after: after, result: confirmation.wait(), options: options, system: system)
    try report.print()
  }

  private func readFlag(in file: FlagFile) throws -> Flag {
    do {
      let document = try file.read()
      let name = try options.flag.name(in: document, file: file.path)
      return try document.flags(named: [name], file: file.path)[0]
    } catch let error as FlagStoreError {
      throw failure(error.exitStatus, error.description + advice(error))
    }
  }

  private func write(_ before: Flag, to file: FlagFile) throws -> Flag {
    guard edit.apply(to: before) != before else { return before }
    do throws(FlagStoreError) {
      let signature = Signature(by: Author.text, from: "cli", reason: options.reason)
      return try file.store(edit, of: before, signed: signature)
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
      """
    case .unknownFlag, .conflict, .otherRevision, .unreachable, .refused, .lost, .wrongType, .valueTooLarge, .badName,
      .locked, .system:
      ""
    }
  }
}
