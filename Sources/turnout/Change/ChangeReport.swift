import Admin
import ArgumentParser
import Bytes
import Configuration
import FlagStore
import Flags
import FoundationEssentials
import HTTPClient

/// The result of a change, for a person or a program, with its exit status.
struct ChangeReport {
  let edit: FlagEdit
  let before: Flags.Flag
  let after: Flags.Flag
  let result: Confirmation.Result
  let options: ChangeOptions
  let system: Configuration

  func print() throws {
    let lines = [headline + ending] + notes + (undo.map { [$0] } ?? [])
    try options.output.print(ChangeDocument(self), else: lines.map { $0 + "\n" }.joined())
    if case .inForce(let proxy) = result { StaleWarning.print(proxy.status, flag: after.name) }
    guard let (status, message) = problem else { return }
    throw failure(status, message)
  }

  var isWritten: Bool { before != after }

  var isConfirmed: Bool {
    switch result {
    case .inForce: true
    case .fleet(let fleet): fleet.total > 0 && fleet.missing.isEmpty
    case .superseded, .notInForce, .notUsed, .unreachable, .notAwaited, .fleetUnknown: false
    }
  }

  /// `NAME 10 % -> 50 %, revision 4`
  private var headline: String {
    let revision = ", revision \(after.revision)"
    switch edit {
    case .allow, .deny, .forget:
      let lists = "\(after.allow.count) always unified, \(after.deny.count) always legacy"
      let change = isWritten ? Self.action(edit, from: before, to: after) : "has these users already"
      return "\(after.name) \(change) (\(lists))\(revision)"
    case _ where !isWritten:
      return "\(after.name) is already \(after.isEnabled ? "at " : "")\(Self.state(after))\(revision)"
    case .set where !after.isEnabled:
      return "\(after.name) stays KILLED, \(before.percentage) % -> \(after.percentage) % is remembered\(revision)"
    case .kill(let hard):
      let state = before.isEnabled ? "\(before.percentage) %" : "KILLED"
      // Only a confirmed kill has sent everyone to legacy.
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
    case .inForce(let proxy):
      let time = isWritten ? " in \(NumberText.milliseconds(proxy.milliseconds))" : ""
      return ", in force\(time) (generation \(proxy.status.generation))"
    case .fleet(let fleet) where isConfirmed: return ", in force: \(fleet.text)"
    case .notAwaited: return ", \(isWritten ? "written, " : "")not confirmed (--wait 0s)"
    case .superseded, .notInForce, .notUsed, .unreachable, .fleet, .fleetUnknown:
      return isWritten ? ", written to \(system.place), NOT CONFIRMED" : ", NOT CONFIRMED"
    }
  }

  /// What overrides the flag that was written.
  private var notes: [String] {
    switch result {
    case .inForce(let proxy):
      if proxy.status.flagSource.localKill != nil {
        return ["note: this proxy is killed locally; everyone goes to legacy until turnout restore --local"]
      }
      return proxy.status.flagSource.storeLost == true
        ? ["note: this proxy has lost its store; everyone goes to legacy until it is back"] : []
    case .fleet(let fleet):
      return fleet.killedLocally.map { member in
        "note: \(Console.printable(member.name)) is killed locally; all its users go to legacy until turnout restore --local there"
      }
    default: return []
    }
  }

  /// How to undo it, with the options that name the system.
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

/// Why a change is not confirmed, and what to do next.
extension ChangeReport {
  var problem: (ExitStatus, String)? {
    let proxy = "the proxy at \(system.admin)"
    switch result {
    case .inForce, .notAwaited: return nil
    case .superseded(let stored):
      let who = stored.updatedBy.map { " by \(Console.printable($0))" } ?? ""
      return (.conflict, "The flag was changed again\(who): revision \(stored.revision), \(Self.state(stored)).")
    case .notUsed(let status):
      let used = status.flags.map(\.name).joined(separator: ", ")
      return (.unconfirmed, "No route of \(proxy) uses \(after.name). Its flags: \(Console.printable(used)).")
    case .notInForce(let status): return (.unconfirmed, reason(status, proxy))
    case .unreachable(let error): return (.unreachable, unreachable(error))
    case .fleet(let fleet): return isConfirmed ? nil : problem(of: fleet)
    case .fleetUnknown(let error):
      return (.unconfirmed, "\(isWritten ? "Written, but the" : "The") register of proxies cannot be read: \(error)")
    }
  }

  private func problem(of fleet: FleetConfirmation) -> (ExitStatus, String) {
    let written = isWritten ? "written; " : ""
    if fleet.total == 0, fleet.notUsing.isEmpty {
      return (.unreachable, "\(written)no proxy is registered in \(system.place)")
    }
    if fleet.total == 0 {
      let names = fleet.notUsing.map { Console.printable($0.name) }.joined(separator: ", ")
      return (.unconfirmed, "\(written)no route of the registered proxies uses \(after.name): \(names)")
    }
    let now = Int(Date().timeIntervalSince1970)
    let head = "After \(options.wait), \(fleet.text); not confirmed by:"
    let advice =
      edit.isKill
      ? ["These may still send users to unified. On each machine: turnout kill --local, or stop the proxy."] : []
    return (.unconfirmed, ([head] + fleet.lines(now: now) + advice).joined(separator: "\n"))
  }

  private func reason(_ status: StatusDocument, _ proxy: String) -> String {
    var lines = ["After \(options.wait), \(proxy) still has another state in force:"]
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
      return ["It rejects the contents of \(theirs):", "  " + Console.printable(source.error ?? "no reason given")]
    }
    guard theirs != ours else {
      return ["It reads the same file, \(ours), but has not loaded the change yet. See its log."]
    }
    return [
      "It reads \(theirs), and this command wrote \(ours).",
      "If these are different files, give --flags, or --admin for another proxy.",
    ]
  }

  private func unreachable(_ error: AdminError) -> String {
    let saved =
      isWritten ? "The change is in \(system.place); a proxy that watches this file loads it by itself.\n" : ""
    return saved + error.text(at: HTTPEndpoint.Address(system.admin), system)
  }
}

/// The JSON document of a command that changes a flag.
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

  /// The proxies that were to confirm.
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
  /// Only if a single proxy confirmed.
  let generation: UInt64?
  /// Only if confirmed.
  let milliseconds: Double?
  /// Nil with `--wait 0s`.
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
    case .inForce(let proxy): (generation, milliseconds) = (proxy.status.generation, proxy.milliseconds)
    case .fleet(let fleet) where report.isConfirmed: (generation, milliseconds) = (nil, fleet.milliseconds)
    default: (generation, milliseconds) = (nil, nil)
    }
  }
}

extension ChangeDocument.Proxies {
  init?(_ result: Confirmation.Result, admin: String) {
    switch result {
    case .inForce: self.init(total: 1, confirmed: 1, missing: [])
    case .notInForce, .notUsed, .superseded: self.init(total: 1, confirmed: 0, missing: [admin])
    case .unreachable: self.init(total: 0, confirmed: 0, missing: [])
    case .fleet(let fleet):
      self.init(total: fleet.total, confirmed: fleet.confirmed.count, missing: fleet.missing.map(\.label))
    case .notAwaited, .fleetUnknown: return nil
    }
  }
}
