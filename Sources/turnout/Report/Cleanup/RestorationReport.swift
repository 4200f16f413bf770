import Conversations

/// What `turnout restore-dump` did.
struct RestorationReport: Encodable {
  let place: String
  let files: [String]
  let tally: DumpRestoration.Tally

  enum CodingKeys: String, CodingKey {
    case files, tally
    case place = "redis"
  }

  /// Everything that the files were to hold was read and taken.
  var isComplete: Bool { tally.torn.isEmpty && tally.refused == 0 }

  var text: String {
    var lines = ["\(counted(files.count, "dump")) into \(place)"]
    func row(_ name: String, _ count: Int, _ note: String = "") {
      lines.append(
        Column.left(name, 20) + Column.right(CleanupReport.grouped(count), 12) + (note.isEmpty ? "" : "  " + note))
    }
    row("records", tally.records)
    row("restored", tally.restored)
    row("there already", tally.existing, tally.existing > 0 ? "they stay as they are (--replace)" : "")
    row("expired", tally.expired, tally.expired > 0 ? "their time is over" : "")
    if tally.refused > 0 { row("refused", tally.refused, "Redis does not take them") }
    for refusal in tally.refusals {
      lines.append("  \(Column.cut(Console.printable(refusal.key), 30)): \(Console.printable(refusal.reason))")
    }
    for torn in tally.torn {
      lines.append("\(Console.printable(torn.path)): torn at byte \(torn.offset). All before it was read.")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
