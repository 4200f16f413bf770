import Admin
import ArgumentParser
import Configuration
import FlagStore
import Flags
import FoundationEssentials
import HTTPClient

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
      for line in notes { Console.write(line + "\n") }
      if let undo { Console.write(undo + "\n") }
    }
    if case .inForce(let answer) = result { StaleWarning.print(answer.status, flag: after.name) }
    guard let (status, message) = problem else { return }
    throw failure(status, message)
  }

  var isWritten: Bool { before != after }

  var isConfirmed: Bool {
    switch result {
    case .inForce: true
    case .fleet(let answer): answer.total > 0 && answer.missing.isEmpty
    case .superseded, .notInForce, .notAsked, .unreachable, .notAwaited, .fleetUnknown: false
    }
  }

  /// `NAME 10 % -> 50 %, revision 4`
  private var headline: String {
    let revision = ", revision \(after.revision)"
    switch edit {
    case .allow, .deny, .forget:
      let lists = "\(after.allow.count) always unified, \(after.deny.count) always legacy"
      let change = isWritten ? Self.action(edit, from: before, to: after) : "has these users there already"
      return "\(after.name) \(change) (\(lists))\(revision)"
    case _ where !isWritten: return "\(after.name) is already \(Self.state(after))\(revision)"
    case .set where !after.isEnabled:
      return "\(after.name) stays KILLED, \(before.percentage) % -> \(after.percentage) % is remembered\(revision)"
    case .kill(let hard):
      let state = before.isEnabled ? "\(before.percentage) %" : "KILLED"
      // Whether everyone does is what was asked.
      let effect = isConfirmed ? ", everyone goes to legacy" : ""
      return "\(after.name) \(state) -> KILLED\(hard ? " hard" : "")\(effect)\(revision)"
    case .set, .restore, .replace: return "\(after.name) \(Self.state(before)) -> \(Self.state(after))\(revision)"
    }
  }

  private static func action(_ edit: FlagEdit, from before: Flags.Flag, to after: Flags.Flag) -> String {
    switch edit {
    case .allow: "allows \(counted(after.allow.count - before.allow.count, "more user"))"
    case .deny: "denies \(counted(after.deny.count - before.deny.count, "more user"))"
    default:
      "forgets \(counted(before.allow.count + before.deny.count - after.allow.count - after.deny.count, "user"))"
    }
  }

  private var ending: String {
    switch result {
    case .inForce(let answer):
      let time = isWritten ? " in \(Column.number(answer.milliseconds)) ms" : ""
      return ", in force\(time) (generation \(answer.status.generation))"
    case .fleet(let answer) where isConfirmed: return ", in force: \(answer.text)"
    case .notAwaited: return ", \(isWritten ? "written, " : "")not confirmed (--wait 0s)"
    case .superseded, .notInForce, .notAsked, .unreachable, .fleet, .fleetUnknown:
      return isWritten ? ", written to \(system.place), NOT CONFIRMED" : ", NOT CONFIRMED"
    }
  }

  /// What decides in place of the flag that was written.
  private var notes: [String] {
    switch result {
    case .inForce(let answer):
      if answer.status.flagSource.localKill != nil {
        return ["note: this proxy is killed locally; everyone goes to legacy until turnout restore --local"]
      }
      return answer.status.flagSource.storeLost == true
        ? ["note: this proxy has lost its store; everyone goes to legacy until it is back"] : []
    case .fleet(let answer):
      return answer.killedLocally.map { member in
        "note: \(Console.printable(member.name)) is killed locally; all its users go to legacy until restore --local there"
      }
    default: return []
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

  static func state(_ flag: Flags.Flag) -> String {
    flag.isEnabled ? "\(flag.percentage) %" : "KILLED (\(flag.percentage) % remembered)"
  }
}

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
    return saved + error.text(at: HTTPEndpoint.Address(system.admin), system)
  }
}

/// What a command that changes a flag prints with `--json`.
struct ChangeDocument: Encodable {
  struct State: Encodable {
    let enabled: Bool
    let percentage: Double
    let allowCount: Int
    let denyCount: Int
    let revision: Int

    init(_ flag: Flags.Flag) {
      enabled = flag.isEnabled
      percentage = flag.percentage.number
      allowCount = flag.allow.count
      denyCount = flag.deny.count
      revision = flag.revision
    }

    enum CodingKeys: String, CodingKey {
      case enabled, percentage, revision
      case allowCount = "allow_count"
      case denyCount = "deny_count"
    }
  }

  /// The proxies that were asked.
  struct Proxies: Encodable {
    let total: Int
    let confirmed: Int
    let missing: [String]
  }

  let flag: String
  let file: String
  let before: State
  let after: State
  let written: Bool
  let confirmed: Bool
  /// Only where one proxy was asked and confirmed.
  let generation: UInt64?
  /// Only where it is confirmed.
  let milliseconds: Double?
  /// Nil where nobody was asked.
  let proxies: Proxies?

  init(_ report: ChangeReport) {
    flag = report.after.name
    file = report.system.place
    before = State(report.before)
    after = State(report.after)
    written = report.isWritten
    confirmed = report.isConfirmed
    proxies = Proxies(report.result, admin: "\(report.system.admin)")
    switch report.result {
    case .inForce(let answer): (generation, milliseconds) = (answer.status.generation, answer.milliseconds)
    case .fleet(let answer) where report.isConfirmed: (generation, milliseconds) = (nil, answer.milliseconds)
    default: (generation, milliseconds) = (nil, nil)
    }
  }
}

extension ChangeDocument.Proxies {
  init?(_ result: Confirmation.Result, admin: String) {
    switch result {
    case .inForce: self.init(total: 1, confirmed: 1, missing: [])
    case .notInForce, .notAsked, .superseded: self.init(total: 1, confirmed: 0, missing: [admin])
    case .unreachable: self.init(total: 0, confirmed: 0, missing: [])
    case .fleet(let answer):
      self.init(total: answer.total, confirmed: answer.confirmed.count, missing: answer.missing.map(\.label))
    case .notAwaited, .fleetUnknown: return nil
    }
  }
}
