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
