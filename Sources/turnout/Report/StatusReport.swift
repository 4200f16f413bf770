import Admin
import Bytes
import FlagStore

/// A status document for a terminal of 80 columns.
struct StatusReport {
  let document: StatusDocument
  /// Seconds since 1970.
  let now: Int
  /// The proxies that share the store; nil if it keeps no register.
  var fleet: [FleetMember]?

  var text: String {
    let blocks = [process, overrides, flags, source, proxies, cohorts, localResponses, connections]
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var process: [String] {
    let state = document.draining ? "DRAINING" : document.ready ? "ready" : "NOT READY"
    let up = NumberText.duration(seconds: document.uptimeSeconds)
    let workers = counted(document.workers, "worker")
    return [
      "turnout \(Console.printable(document.version)), \(state), up \(up), generation \(document.generation)",
      "pid \(document.pid), \(workers), listening on \(document.listen.map(Console.printable).joined(separator: ", "))",
    ]
  }

  /// What overrides the flags.
  private var overrides: [String] {
    var lines: [String] = []
    if let kill = document.flagSource.localKill {
      let who = Console.printable(kill.by)
      lines.append("KILLED LOCALLY\(kill.hard ? " (hard)" : "") since \(time(kill.at)) by \(who)")
      if let reason = kill.reason { lines.append("  \"\(Console.printable(reason))\"") }
      lines.append("  everyone goes to legacy, whatever the flags say; to end it: turnout restore --local")
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
    return flag.updatedAt.map { ", \(TimeText.timed($0, now: now))\(who)" } ?? who
  }

  private func time(_ text: String) -> String { TimeText.timed(text, now: now) }

  static func percentage(_ value: Double) -> String { NumberText.decimal(value, atMost: 3) }

  private var source: [String] {
    let source = document.flagSource
    let path = Console.printable(source.path)
    let counts = "\(counted(source.reloads, "reload")), \(counted(source.rejectedChanges, "rejected change"))"
    guard !source.valid else { return ["\(path): in force, \(counts)"] }
    let stale = source.staleSeconds.map { ", \(NumberText.duration(seconds: $0)) old" } ?? ""
    return [
      "\(path): \(source.away == true ? "AWAY" : "REJECTED")\(source.errorSince.map { " since \(time($0))" } ?? "")"
    ] + Column.wrapped(Console.printable(source.error ?? "no reason given"), 78).map { "  " + $0 } + [
      "  \(Self.origin(source.origin)) stay in force\(stale); \(counts)"
    ]
  }

  private static func origin(_ origin: String?) -> String {
    switch origin {
    case "last-good": "the flags saved by an earlier run"
    case "initial": "the initial flags"
    default: "the last good flags"
    }
  }

  private var localResponses: [String] {
    let responses = document.localResponses.filter { $0.count > 0 }
    guard !responses.isEmpty else { return [] }
    return ["local responses, made by the proxy itself"]
      + responses.map {
        "  \($0.status) \(Column.left(Console.printable($0.reason), 30)) \(Column.right(NumberText.count($0.count), 11))"
      }
  }

  private var connections: [String] {
    let clients = document.connections
    return [
      "connections: \(NumberText.count(clients.open)) open, \(NumberText.count(clients.accepted)) accepted, "
        + "accepting paused \(counted(clients.acceptPauses, "time"))"
    ]
  }
}

/// The table of cohorts, with notes on failed attempts and requests without a user key:
///
///     UNIFIED_CONVERSATION_ENABLED                                  ms to first byte
///       cohort      requests       5xx  errors  in flight     p50     p95     p99
///       legacy        90,120   <0.01 %       3         12    1.21    3.40    9.81
extension StatusReport {
  var cohorts: [String] {
    var lines: [String] = []
    for flag in unique(document.cohorts.map(\.flag)) {
      let name = Console.printable(flag)
      if !lines.isEmpty { lines.append("") }
      lines.append(Column.left(name, 57) + "   ms to first byte")
      lines.append(Self.heading)
      lines += document.cohorts.filter { $0.flag == flag }.flatMap(self.lines)
    }
    return lines
  }

  private static let heading = row("cohort", "requests", "5xx", "errors", "in flight", ["p50", "p95", "p99"])

  private func lines(of cohort: StatusDocument.CohortCounters) -> [String] {
    let latency = cohort.firstByteMilliseconds
    let failed = cohort.errors.named.filter { $0.count > 0 }
    let row = Self.row(
      Console.printable(cohort.cohort), NumberText.count(cohort.requests),
      Self.share(cohort.requestsByStatus["5xx"] ?? 0, of: cohort.requests),
      NumberText.count(cohort.failed), NumberText.count(cohort.inFlight),
      [latency.p50, latency.p95, latency.p99].map {
        $0.map { NumberText.fixed($0, NumberText.decimals(forThree: $0)) } ?? "-"
      })
    var lines = [row]
    if !failed.isEmpty {
      lines.append(
        "    failed attempts: "
          + failed.map { "\(NumberText.count($0.count)) \(Self.words[$0.name] ?? $0.name)" }.joined(separator: ", "))
    }
    if cohort.anonymous > 0 {
      let share = Self.share(cohort.anonymous, of: cohort.requests)
      lines.append("    without a user key: \(NumberText.count(cohort.anonymous)) (\(share))")
    }
    return lines
  }

  private static let words = [
    "connect": "could not connect", "timeout": "timed out", "reset": "reset", "bad_answer": "malformed",
    "5xx": "status 5xx",
  ]

  private static func share(_ part: UInt64, of whole: UInt64) -> String {
    NumberText.percent(whole > 0 ? Double(part) / Double(whole) : nil, decimals: 2)
  }

  private static func row(
    _ cohort: String, _ requests: String, _ share: String, _ errors: String, _ inFlight: String, _ times: [String]
  ) -> String {
    "  " + Column.left(cohort, 8) + Column.right(requests, 12) + Column.right(share, 10) + Column.right(errors, 8)
      + Column.right(inFlight, 11) + times.map { Column.right($0, 8) }.joined()
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
