import Admin
import Configuration
import FlagStore
import Flags
import FoundationEssentials

/// Why a change is not confirmed, and what to do.
extension ChangeReport {
  var problem: (ExitStatus, String)? {
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
    case .fleet(let answer): return isConfirmed ? nil : problem(of: answer)
    case .fleetUnknown(let error):
      return (.unconfirmed, "\(isWritten ? "Written; the" : "The") proxies that run are not known: \(error)")
    }
  }

  private func problem(of answer: FleetReply) -> (ExitStatus, String) {
    let written = isWritten ? "written; " : ""
    if answer.total == 0, answer.notAsking.isEmpty {
      return (.unreachable, "\(written)no proxy is registered in \(system.place)")
    }
    if answer.total == 0 {
      let names = answer.notAsking.map { Console.printable($0.name) }.joined(separator: ", ")
      return (.unconfirmed, "\(written)no route of the registered proxies asks \(after.name): \(names)")
    }
    let now = Int(Date().timeIntervalSince1970)
    let head = "After \(options.wait.defaultValueDescription), \(answer.text); not confirmed by:"
    let advice = edit.isKill ? [answer.adviceAfterKill] : []
    return (.unconfirmed, ([head] + answer.lines(now: now) + advice).joined(separator: "\n"))
  }

  private func reason(_ status: StatusDocument, _ place: String) -> String {
    var lines = ["After \(options.wait.defaultValueDescription), \(place) still has another state in force:"]
    if let seen = status.flags.first(where: { $0.name == after.name }) {
      let percentage = StatusReport.percentage(seen.percentage)
      let state = seen.enabled ? "\(percentage) %" : "KILLED (\(percentage) % remembered)"
      lines.append("  \(state), revision \(seen.revision), generation \(status.generation)")
    }
    lines += source(status.flagSource)
    if let warning = StaleWarning.text(status, flag: after.name) { lines.append(warning) }
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
}
