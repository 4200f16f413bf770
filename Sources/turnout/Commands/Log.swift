import ArgumentParser
import Configuration
import FlagStore

/// Shows the audit trail.
struct Log: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "log", "Show who changed which flag, when, from where and why; newest first.",
    usage: "[--flag <name>] [--limit <number>] [<options>]",
    discussion: "Needs no running proxy. With --json it prints the entries as they are stored.",
    examples: [
      "turnout log",
      "turnout log --limit 1 --json",
      "turnout log --flag CHECKOUT",
    ])

  @Option(help: ArgumentHelp("How many entries, 1 to 1000.", valueName: "number"))
  var limit = 20

  @Option(help: ArgumentHelp("Only this flag. Default: all.", valueName: "name"))
  var flag: String?

  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    guard (1...1_000).contains(limit) else { throw failure(.usage, "--limit: expected a number from 1 to 1000.") }
    let source = try system.locate().flags.source
    let trail: AuditTrail
    do throws(FlagStoreError) { trail = try source.audit(flag: flag, limit: limit) } catch {
      throw failure(error.exitStatus, error.description)
    }
    try output.print(trail, else: LogReport(trail: trail, store: source.place, flag: flag).text)
  }
}

/// The audit trail for a terminal of 80 columns:
///
///     2026-03-01T09:30:00Z  anna@edge-1           10 % -> 50 %, revision 4
///                           cli on edge-1: "a quiet day at 10"
struct LogReport {
  let trail: AuditTrail
  let store: String
  /// The only flag to show; nil for all.
  var flag: String?

  private static let width = 80
  private static let indentation = 22
  private static let change = 44

  var text: String {
    var lines = trail.entries.flatMap(lines)
    if trail.entries.isEmpty {
      lines.append("no changes\(flag.map { " of \(Console.printable($0))" } ?? "") are recorded for \(store)")
    }
    if trail.unreadable > 0 {
      lines.append("note: skipped \(counted(trail.unreadable, "unreadable line")) of the trail")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var showsFlags: Bool { Set(trail.entries.map(\.flag)).count > 1 }

  private func lines(of entry: AuditEntry) -> [String] {
    let who = Column.left(Column.cut(Console.printable(entry.by ?? "unknown"), 20), 20)
    let head = Column.cut("\(Column.left(Console.printable(entry.at), 20))  \(who)  ", Self.change)
    let change = Column.wrapped(Self.change(entry), Self.width - Self.change)
    let first = zip([head] + change.dropFirst().map { _ in "" }, change).map { Column.left($0, Self.change) + $1 }
    let margin = String(repeating: " ", count: Self.indentation)
    return first + Column.wrapped(details(of: entry), Self.width - Self.indentation).map { margin + $0 }
  }

  private func details(of entry: AuditEntry) -> String {
    let flag = showsFlags ? "\(Console.printable(entry.flag)), " : ""
    let users = entry.users.map { users in
      let more = users.count == 20 ? ", ..." : ""
      return ", users " + users.map(Console.printable).joined(separator: ", ") + more
    }
    let reason = entry.reason.map { ": \"\(Console.printable($0))\"" } ?? ""
    return flag + Console.printable(entry.from ?? "unknown") + (users ?? "") + reason
  }

  /// `10 % -> 50 %, revision 4`
  static func change(_ entry: AuditEntry) -> String {
    let (before, after) = (entry.before.map(state), state(entry.after))
    let revision = ", revision \(entry.revision)"
    switch entry.action {
    case .deleted: return "DELETED, was \(before ?? "unknown")"
    case .allow, .deny, .forget:
      return "\(entry.action.rawValue): \(entry.after.allowCount) allowed, \(entry.after.denyCount) denied\(revision)"
    case .set, .kill, .restore, .replace, .found:
      if let was = entry.before, !was.enabled, !entry.after.enabled, was.percentage != entry.after.percentage {
        let (old, new) = (StatusReport.percentage(was.percentage), StatusReport.percentage(entry.after.percentage))
        return "stays KILLED, \(old) % -> \(new) % remembered\(revision)"
      }
      let lists = before == after && entry.before != nil ? ", other lists or salt" : ""
      return (before.map { $0 == after ? after : "\($0) -> \(after)" } ?? after) + lists + revision
    }
  }

  private static func state(_ state: AuditEntry.State) -> String {
    guard !state.enabled else { return "\(StatusReport.percentage(state.percentage)) %" }
    return state.hard == true ? "KILLED hard" : "KILLED"
  }
}
