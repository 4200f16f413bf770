import Admin
import FlagStore

/// A status document for a terminal of 80 columns.
struct StatusReport {
  let document: StatusDocument
  /// Seconds since 1970.
  let now: Int
  /// The proxies that share the store; nil where it keeps no register.
  var fleet: [FleetMember]?

  var text: String {
    let blocks = [process, overrides, flags, source, proxies, cohorts, ownAnswers, connections]
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

  /// What outranks the flags.
  private var overrides: [String] {
    var lines: [String] = []
    if let kill = document.flagSource.localKill {
      let who = Console.printable(kill.by)
      lines.append("KILLED LOCALLY\(kill.hard ? " (hard)" : "") since \(time(kill.at)) by \(who)")
      if let reason = kill.reason { lines.append("  \"\(Console.printable(reason))\"") }
      lines.append("  everyone goes to legacy, whatever the flags say; end it: turnout restore --local")
    }
    if document.flagSource.storeLost == true {
      lines.append("STORE LOST: everyone goes to legacy until it is back")
    }
    return lines
  }

  private var flags: [String] { document.flags.flatMap { Self.lines(of: $0, now: now) } }

  private var proxies: [String] {
    guard let fleet else { return [] }
    return FleetReport(members: fleet, flag: document.flags.first?.name, now: now).lines
  }

  /// `NAME  12.5 %`
  static func headline(of flag: StatusDocument.FlagState) -> String {
    let percentage = percentage(flag.percentage)
    let state =
      flag.enabled
      ? "\(percentage) %"
      : flag.storedEnabled == true
        ? "all go to legacy (the flag is at \(percentage) %)" : "KILLED, all go to legacy (\(percentage) % remembered)"
    return "\(Console.printable(flag.name))  \(state)"
  }

  static func lines(of flag: StatusDocument.FlagState, now: Int) -> [String] {
    var lines = [headline(of: flag)]
    lines.append("  revision \(flag.revision)\(change(of: flag, now: now))")
    if let reason = flag.reason { lines.append("  \"\(Console.printable(reason))\"") }
    if flag.allowCount > 0 || flag.denyCount > 0 {
      lines.append(
        "  \(counted(flag.allowCount, "user")) always unified, \(counted(flag.denyCount, "user")) always legacy")
    }
    return lines
  }

  private static func change(of flag: StatusDocument.FlagState, now: Int) -> String {
    let who = flag.updatedBy.map { " by \(Console.printable($0))" } ?? ""
    return flag.updatedAt.map { ", \(Age.timed($0, now: now))\(who)" } ?? who
  }

  private func time(_ text: String) -> String { Age.timed(text, now: now) }

  static func percentage(_ value: Double) -> String {
    value == value.rounded() ? Column.fixed(value, decimals: 0) : "\(value)"
  }

  private var source: [String] {
    let source = document.flagSource
    let path = Console.printable(source.path)
    let counts = "\(counted(source.reloads, "reload")), \(counted(source.rejectedChanges, "rejected change"))"
    guard !source.valid else { return ["\(path): in force, \(counts)"] }
    let stale = source.staleSeconds.map { ", \(Column.duration(seconds: $0)) old" } ?? ""
    return [
      "\(path): \(source.away == true ? "AWAY" : "REJECTED")\(source.errorSince.map { " since \(time($0))" } ?? "")"
    ] + Column.wrapped(Console.printable(source.error ?? "no reason given"), 78).map { "  " + $0 } + [
      "  \(Self.origin(source.origin)) stay in force\(stale); \(counts)"
    ]
  }

  private static func origin(_ origin: String?) -> String {
    switch origin {
    case "last-good": "the flags that an earlier run kept"
    case "initial": "the flags of the start"
    default: "the last good flags"
    }
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
