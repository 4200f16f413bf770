import Admin
import ArgumentParser
import Configuration
import FlagStore
import Flags

/// What a change came to, for a person or a program, and the exit status.
struct ChangeReport {
  let edit: FlagEdit
  let before: Flags.Flag
  let after: Flags.Flag
  let result: Confirmation.Result
  let options: ChangeOptions
  let system: Configuration

  func print() throws {
    if options.output.json {
      try JSONOutput.print(ChangeDocument(self))
    } else {
      Console.write(headline + ending + "\n")
      if let undo { Console.write(undo + "\n") }
    }
    guard let (status, message) = problem else { return }
    throw failure(status, message)
  }

  var isWritten: Bool { before != after }

  /// `NAME 10 % -> 50 %, revision 4`
  private var headline: String {
    let revision = ", revision \(after.revision)"
    guard isWritten else { return "\(after.name) is already \(Self.state(after))\(revision)" }
    switch edit {
    case .set where !after.isEnabled:
      return "\(after.name) stays KILLED, \(before.percentage) % -> \(after.percentage) % is remembered\(revision)"
    case .kill: return "\(after.name) \(before.percentage) % -> KILLED, everyone goes to legacy\(revision)"
    case .set, .restore, .allow, .deny, .forget, .replace:
      return "\(after.name) \(Self.state(before)) -> \(Self.state(after))\(revision)"
    }
  }

  private var ending: String {
    switch result {
    case .inForce(let generation, let milliseconds):
      let time = isWritten ? " in \(Column.number(milliseconds)) ms" : ""
      return ", in force\(time) (generation \(generation))"
    case .notAwaited: return ", \(isWritten ? "written, " : "")not confirmed (--wait 0s)"
    case .superseded, .notInForce, .notAsked, .unreachable:
      return isWritten ? ", written to \(system.place), NOT CONFIRMED" : ", NOT CONFIRMED"
    }
  }

  /// How to go back, with the options that say which system.
  private var undo: String? {
    let flag = options.flag.flag.map { " --flag \($0)" } ?? ""
    let restore = "turnout restore\(flag)\(options.system.typed)"
    switch edit {
    case .kill: return "undo: \(restore)"
    case .set where !after.isEnabled: return "end the kill: \(restore)"
    case .set, .restore, .allow, .deny, .forget, .replace: return nil
    }
  }

  private var problem: (ExitStatus, String)? {
    let place = "the proxy at \(system.admin)"
    switch result {
    case .inForce, .notAwaited: return nil
    case .superseded(let stored):
      let who = stored.updatedBy.map { " by \(Console.printable($0))" } ?? ""
      return (.conflict, "The flag was changed again\(who): revision \(stored.revision), \(Self.state(stored)).")
    case .notAsked(let status):
      let asked = status.flags.map(\.name).joined(separator: ", ")
      return (.unconfirmed, "No route of \(place) asks \(after.name); its flags: \(Console.printable(asked)).")
    case .notInForce(let status): return (.unconfirmed, reason(status, place))
    case .unreachable(let error): return (.unreachable, unreachable(error))
    }
  }

  private func reason(_ status: StatusDocument, _ place: String) -> String {
    var lines = ["After \(options.wait.defaultValueDescription), \(place) still has another state in force:"]
    if let seen = status.flags.first(where: { $0.name == after.name }) {
      let percentage = StatusReport.percentage(seen.percentage)
      let state = seen.enabled ? "\(percentage) %" : "KILLED (\(percentage) % remembered)"
      lines.append("  \(state), revision \(seen.revision), generation \(status.generation)")
    }
    lines += source(status.flagSource)
    return lines.joined(separator: "\n")
  }

  private func source(_ source: StatusDocument.FlagSource) -> [String] {
    let (theirs, ours) = (Console.printable(source.path), FilePath.resolved(system.place))
    guard source.valid else {
      return ["It refuses what is in \(theirs):", "  " + Console.printable(source.error ?? "no reason given")]
    }
    guard theirs != ours else {
      return ["It reads the same file, \(ours), and did not take it over yet: look at its log."]
    }
    return [
      "It reads \(theirs), and this command wrote \(ours).",
      "If these are not the same file, give --flags, or --admin for another proxy.",
    ]
  }

  private func unreachable(_ error: AdminError) -> String {
    let saved =
      isWritten ? "The change is in \(system.place): a proxy that watches this file takes it over by itself.\n" : ""
    return saved + Unreachable.text(error, system)
  }

  static func state(_ flag: Flags.Flag) -> String {
    flag.isEnabled ? "\(flag.percentage) %" : "KILLED (\(flag.percentage) % remembered)"
  }
}
