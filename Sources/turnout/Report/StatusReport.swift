import Admin
import FoundationEssentials

/// A status document for a terminal of 80 columns.
struct StatusReport {
  let document: StatusDocument
  /// Seconds since 1970.
  let now: Int

  var text: String {
    let blocks = [process, flags, source, cohorts, ownAnswers, connections]
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var process: [String] {
    let state = document.draining ? "DRAINING" : document.ready ? "ready" : "NOT READY"
    let up = Column.duration(seconds: document.uptimeSeconds)
    let workers = counted(document.workers, "worker")
    return [
      "turnout \(Console.printable(document.version)), \(state), up \(up), generation \(document.generation)",
      "pid \(document.pid), \(workers), listening on \(document.listen.map(Console.printable).joined(separator: ", "))",
    ]
  }

  private var flags: [String] { document.flags.flatMap(lines) }

  private func lines(of flag: StatusDocument.FlagState) -> [String] {
    let percentage = Self.percentage(flag.percentage)
    let state = flag.enabled ? "\(percentage) %" : "KILLED, all go to legacy (\(percentage) % remembered)"
    var lines = ["\(Console.printable(flag.name))  \(state)"]
    lines.append("  revision \(flag.revision)\(change(of: flag))")
    if let reason = flag.reason { lines.append("  \"\(Console.printable(reason))\"") }
    if flag.allowCount + flag.denyCount > 0 {
      lines.append(
        "  \(counted(flag.allowCount, "user")) always unified, \(counted(flag.denyCount, "user")) always legacy")
    }
    return lines
  }

  private func change(of flag: StatusDocument.FlagState) -> String {
    let who = flag.updatedBy.map { " by \(Console.printable($0))" } ?? ""
    return flag.updatedAt.map { ", \(time($0))\(who)" } ?? who
  }

  /// `2026-03-01T09:30:00Z (5 min ago)`
  private func time(_ text: String) -> String {
    let shown = Console.printable(text)
    guard let date = try? Date(text, strategy: .iso8601) else { return shown }
    let age = now - Int(date.timeIntervalSince1970)
    return age >= 0 ? "\(shown) (\(Column.duration(seconds: age)) ago)" : shown
  }

  static func percentage(_ value: Double) -> String {
    value == value.rounded() ? Column.fixed(value, decimals: 0) : "\(value)"
  }

  private var source: [String] {
    let source = document.flagSource
    let path = Console.printable(source.path)
    let counts = "\(counted(source.reloads, "reload")), \(counted(source.rejectedChanges, "rejected change"))"
    guard !source.valid else { return ["\(path): in force, \(counts)"] }
    return [
      "\(path): REJECTED\(source.errorSince.map { " since \(time($0))" } ?? "")",
      "  \(Console.printable(source.error ?? "no reason given"))",
      "  the last good flags stay in force; \(counts)",
    ]
  }

  private var ownAnswers: [String] {
    let answers = document.ownAnswers.filter { $0.count > 0 }
    guard !answers.isEmpty else { return [] }
    return ["answered by the proxy itself"]
      + answers.map {
        "  \($0.status) \(Column.left(Console.printable($0.reason), 30)) \(Column.right("\($0.count)", 10))"
      }
  }

  private var connections: [String] {
    let clients = document.connections
    return [
      "connections: \(clients.open) open, \(clients.accepted) accepted, \(counted(clients.acceptPauses, "pause")) of accepting"
    ]
  }
}
