import Bytes

/// What a command counted: the one shape of the reports of migrate, verify, cleanup, restore-dump and kill --preview, as
/// text of 80 columns and as JSON.
///
///     In redis://127.0.0.1:6379/0
///     Done (4.2 s, 24,001/s). Contexts:
///       migrated              100,003
///       unreadable                  2  left unchanged
///     Listed in turnout-migrate-report-20260301T093000Z.jsonl
///
/// The document has a member for each row with a `key`, and the `members`.
struct TallyReport: Encodable {
  struct Row {
    /// The JSON member; nil: the count is only in the text.
    var key: String?
    /// `nil` means the count is only in the document.
    var label: String?
    var count: Int
    var note = ""
    /// Rows that are not required are shown only if they count something.
    var isRequired = false
  }

  /// The Redis in which the command looked, without its password. Stated with every result, because the wrong Redis
  /// looks empty.
  var redis: String
  var heading: [String]
  var rows: [Row]
  var notes: [String] = []
  var members: [String: any Encodable] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(redis, forKey: Key(stringValue: "redis"))
    for row in rows {
      if let key = row.key { try container.encode(row.count, forKey: Key(stringValue: key)) }
    }
    for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
  }

  private static let labelWidth = 20
  private static let countWidth = 11

  var text: String {
    let table = rows.filter { $0.isRequired || $0.count > 0 }.flatMap(Self.lines)
    let lines = ["In \(Console.printable(redis))"] + heading + table + notes
    return lines.map { $0 + "\n" }.joined()
  }

  private static func lines(_ row: Row) -> [String] {
    guard let label = row.label else { return [] }
    let front = "  " + Column.left(label, labelWidth) + Column.right(NumberText.count(row.count), countWidth) + "  "
    let notes = Column.wrapped(row.note, 80 - front.count)
    let margin = String(repeating: " ", count: front.count)
    return [Column.trimmedEnd(front + (notes.first ?? ""))] + notes.dropFirst().map { margin + $0 }
  }
}

/// How a run through the contexts ended: the members that migrate, migrate --reverse and verify have in common.
struct RunSummary {
  var seconds: Double
  /// `nil` means the command has no dry run.
  var isDry: Bool?
  /// False if it ended early.
  var isComplete: Bool
  /// The file that lists what was left unchanged; nil if there is nothing to list.
  var listedIn: String?

  var members: [String: any Encodable] {
    var members: [String: any Encodable] = [
      "seconds": (seconds * 1_000).rounded() / 1_000, "complete": isComplete,
    ]
    members["dry_run"] = isDry.map { $0 as any Encodable }
    members["report"] = listedIn.map { $0 as any Encodable }
    return members
  }

  /// `Done (4.2 s, 24,001/s). Contexts:`
  func heading(done: String = "Done", rateOf count: Int = 0, _ noun: String) -> String {
    let how = isDry == true ? "Dry run, nothing was written" : isComplete ? done : "Ended early"
    let rate = count > 0 && seconds > 0 && isDry != true ? ", \(NumberText.count(Int(Double(count) / seconds)))/s" : ""
    let time =
      seconds < 60 ? NumberText.elapsed(nanoseconds: UInt64(seconds * 1e9)) : NumberText.duration(seconds: Int(seconds))
    return "\(how) (\(time)\(rate)). \(noun):"
  }

  var notes: [String] { listedIn.map { ["Listed in \(Console.printable($0))"] } ?? [] }
}
