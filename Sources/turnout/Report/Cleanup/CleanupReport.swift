import Conversations

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
