import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Glibc
import Redis

/// The keys of one layout are removed, and can be put back.
struct CleanupContexts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cleanup",
    abstract: "Remove the contexts of one layout, after writing all of them to a dump file.",
    discussion: """
      legacy is refused until 7 days after the flag came to 100 %, unified while the flag sends anybody there. A key is \
      removed only while it is what was dumped. turnout restore-dump puts all of it back, as long as it had not expired.
      """)

  @Argument(help: "legacy or unified.")
  var layout: ContextLayout

  @Flag(help: "Count what would go; change nothing.")
  var dryRun = false

  @Flag(help: "Go on although it is refused; what speaks against it is told all the same.")
  var force = false

  @Flag(help: "Do not ask.")
  var yes = false

  @Option(help: ArgumentHelp("Only client or only admin. Default: both.", valueName: "role"))
  var role: ContextRole?

  @Option(
    help: ArgumentHelp("The new file. Default: turnout-LAYOUT-TIME.dump in the working folder.", valueName: "file"))
  var dump: String?

  @Option(help: ArgumentHelp("At most so many keys a second.", valueName: "number"))
  var limitRate: Int?

  @OptionGroup var contexts: ContextOptions
  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws { try output.explained { try clean() } }

  private func clean() throws {
    if let limitRate, limitRate < 1 { throw failure(.usage, "--limit-rate is a number of keys a second from 1.") }
    let located = try system.locate()
    let place = try contexts.place(in: located)
    let objections = try gate(located.flags.source).objections
    var connection = try connect(place)
    if dryRun { return try preview(place, objections, &connection) }
    try check(objections, place)
    let path = dump ?? Self.path(layout, seconds: Timestamp.nowSeconds())
    do throws(CleanupError) { try Cleanup.check(dump: path) } catch { throw failure(.failed, error.description) }
    try ask(place)
    let cleanup = Cleanup(layout, roles: roles, rate: limitRate)
    let progress = ProgressLine()
    var fault: CleanupError?
    do throws(CleanupError) {
      try cleanup.run(on: &connection, dump: path) { progress.show(CleanupReport.progress($0, layout)) }
    } catch { fault = error }
    progress.clear()
    try show(
      CleanupReport(
        layout: layout, place: place.description, isDry: false, objections: objections, tally: cleanup.tally))
    if let fault { throw failure(.failed, CleanupReport.fault(fault, cleanup.tally)) }
    let left = cleanup.tally.writtenMeanwhile + cleanup.tally.tooLarge
    if left > 0 {
      throw failure(
        .incomplete,
        "\(counted(left, "key")) stayed. Those that were written meanwhile: run it again, with another --dump. Those that\nare too large for a dump: UNLINK them by hand."
      )
    }
  }

  private var roles: [ContextRole] { role.map { [$0] } ?? ContextRole.allCases }

  private func gate(_ source: any FlagSource) throws -> CleanupGate {
    let now = Timestamp.nowSeconds()
    do {
      let name = try flag.name(in: source)
      let found = try source.flag(named: name)
      let trail = (try? source.audit(flag: name, limit: 1_000))?.entries ?? []
      let killed = (try? source.fleet())??.count { $0.isKilledLocally } ?? 0
      return CleanupGate(layout: layout, flag: found, trail: trail, killedLocally: killed, now: now)
    } catch let error as FlagStoreError {
      Console.complain("note: \(error)")
      return CleanupGate(layout: layout, flag: nil, trail: [], now: now)
    }
  }

  private func connect(_ place: ContextLocation) throws -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-cleanup", timeoutNanoseconds: 5_000_000_000, replyLimit: Cleanup.replyLimit)
    } catch { throw failure(.failed, error.description) }
  }

  private func preview(_ place: ContextLocation, _ objections: [String], _ connection: inout RedisConnection) throws {
    let cleanup = Cleanup(layout, roles: roles)
    let progress = ProgressLine()
    do throws(CleanupError) {
      try cleanup.preview(on: &connection) { progress.show(CleanupReport.progress($0, layout)) }
    } catch {
      progress.clear()
      throw failure(.failed, error.description)
    }
    progress.clear()
    try show(
      CleanupReport(layout: layout, place: place.description, isDry: true, objections: objections, tally: cleanup.tally)
    )
  }

  private func show(_ report: CleanupReport) throws {
    if output.json { try JSONOutput.print(report) } else { Console.write(report.text) }
  }

  private func check(_ objections: [String], _ place: ContextLocation) throws {
    if objections.isEmpty { return }
    let list = CleanupReport.list(objections)
    guard force else {
      if output.json {
        try show(
          CleanupReport(
            layout: layout, place: place.description, isDry: false, objections: objections, tally: CleanupTally()))
      }
      throw failure(
        .failed,
        "The \(layout.rawValue) contexts are not removed:\n\(list)Nothing was changed. --force goes on all the same.")
    }
    Console.complain("warning: removing the \(layout.rawValue) contexts although\n\(list)")
  }

  private func ask(_ place: ContextLocation) throws {
    guard !yes, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return }
    Console.write(CleanupReport.question(layout, role, place.description) + " ", to: STDERR_FILENO)
    var input = StandardInput()
    let answer = String(decoding: input.next() ?? [], as: UTF8.self).lowercased()
    guard answer == "y" || answer == "yes" else { throw failure(.failed, "Nothing was changed.") }
  }

  /// `turnout-legacy-20260301T093000Z.dump`
  static func path(_ layout: ContextLayout, seconds: Int) -> String {
    let time = Timestamp.text(seconds: seconds).filter { $0 != "-" && $0 != ":" }
    return "turnout-\(layout.rawValue)-\(time).dump"
  }
}

/// What `turnout cleanup` did, or would do:
///
///     legacy contexts in redis://127.0.0.1:6379/0
///     found                 100 003  (95.4 MiB; string 100 000, list 3)
///     removed               100 001
///     written meanwhile           2  they stay
///     dump                  turnout-legacy-20260301T093000Z.dump (41.2 MiB)
///     back again with       turnout restore-dump turnout-legacy-20260301T093000Z.dump
struct CleanupReport: Encodable {
  let layout: ContextLayout
  let place: String
  let isDry: Bool
  /// What speaks, or spoke, against it.
  let objections: [String]
  let tally: CleanupTally

  enum CodingKeys: String, CodingKey {
    case layout, objections, tally
    case place = "redis"
    case isDry = "dry_run"
  }

  var text: String {
    var lines = ["\(layout.rawValue) contexts in \(place)"]
    func row(_ name: String, _ count: Int, _ note: String = "") {
      lines.append(Column.left(name, 20) + Column.right(Self.grouped(count), 12) + (note.isEmpty ? "" : "  " + note))
    }
    let types = tally.types.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.grouped($0.value))" }
    row("found", tally.found, tally.found == 0 ? "" : "(\(Self.size(tally.bytes)); \(types.joined(separator: ", ")))")
    if isDry {
      row("without expiry", tally.withoutExpiry)
      if tally.foreign > 0 { row("others'", tally.foreign, "keys of no context; they would stay") }
      lines.append("Nothing was changed. Each of these would be written to a dump, and then removed.")
      lines += objections.flatMap { Column.wrapped("note: it would be refused now: " + Console.printable($0), 80) }
    } else {
      row("removed", tally.removed)
      if tally.writtenMeanwhile > 0 { row("written meanwhile", tally.writtenMeanwhile, "they stay; run it again") }
      if tally.gone > 0 { row("expired meanwhile", tally.gone) }
      if tally.tooLarge > 0 { row("too large", tally.tooLarge, "they stay: larger than 56 MiB") }
      if tally.foreign > 0 { row("others'", tally.foreign, "keys of no context; they stay") }
      lines += dumpLines
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var dumpLines: [String] {
    guard let dump = tally.dump else { return [] }
    return [
      "dump: \(Console.printable(dump)) (\(Self.size(tally.dumpBytes)))",
      "back again with: turnout restore-dump \(Shell.quoted(dump))",
    ]
  }

  static func progress(_ tally: CleanupTally, _ layout: ContextLayout) -> String {
    "\(layout.rawValue): \(grouped(tally.found)) found, \(grouped(tally.removed)) removed"
  }

  private static let again = "Run the command again to go on, with a dump of its own."

  /// The message of a clean-up that ended before its end.
  static func fault(_ fault: CleanupError, _ tally: CleanupTally) -> String {
    let place = tally.dump.map { "All of them are in \(Console.printable($0))." }
    if tally.dump == nil, !fault.goesOn { return "\(fault)\nNothing was changed." }
    return ["\(fault)", "Until then \(counted(tally.removed, "key")) had been removed.", place, again]
      .compactMap(\.self).joined(separator: "\n")
  }

  /// What speaks against it, each on lines of its own.
  static func list(_ objections: [String]) -> String {
    objections.flatMap { objection in
      Column.wrapped(Console.printable(objection), 76).enumerated().map {
        ($0.offset == 0 ? "  - " : "    ") + $0.element
      }
    }.map { $0 + "\n" }.joined()
  }

  /// What is asked before anything is removed; the answer is typed behind it.
  static func question(_ layout: ContextLayout, _ role: ContextRole?, _ place: String) -> String {
    let who = role.map { " of role \($0.rawValue)" } ?? ""
    let text = "Remove all \(layout.rawValue) contexts\(who) from \(place), after writing them to a dump? [y/N]"
    return Column.wrapped(text, 76).joined(separator: "\n")
  }

  /// `100 003`
  static func grouped(_ count: Int) -> String {
    var digits = String(count)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(Substring(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return ([Substring(digits)] + groups).joined(separator: " ")
  }

  /// `41.2 MiB`
  static func size(_ bytes: Int) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >> shift > 0 {
      return "\(Column.number(Double(bytes) / Double(1 << shift))) \(unit)"
    }
    return "\(bytes) bytes"
  }
}
