import Admin
import Bytes

/// How unified stands to legacy, for a terminal of 80 columns:
///
///     UNIFIED_CONVERSATION_ENABLED  10 %
///     stage since 2026-03-01T09:30:00Z (2 h 5 min), revision 4, 3 proxies
///
///     measure            legacy     unified  difference           interval  verdict
///     requests          123,456      13,717
///     error rate         0.12 %      0.54 %    +0.42 pt     +0.18 to +0.66  HARMFUL
///
///     Unified's error rate is higher by 0.42 points (0.18 to 0.66): harmful. ...
struct ComparisonReport {
  let document: ComparisonDocument

  private static let width = 80

  var text: String {
    let notes = ComparisonNotes(document: document)
    let wrapped = (notes.warnings + notes.notes).flatMap { Self.indented($0) }
    let table = ComparisonTable(width: Self.width)
    let rows = [table.heading] + ComparisonRow.all(document).map(table.line)
    let blocks = [
      [Self.headline(document, width: Self.width)] + Column.wrapped(Self.scope(document), Self.width),
      rows.map(\.text) + Self.references(document), wrapped,
      Column.wrapped(Console.printable(document.sentence), Self.width),
    ]
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// What "slow" and "slowest" mean just now.
  private static func references(_ document: ComparisonDocument) -> [String] {
    guard let slow = document.slow, let slowest = document.slowest else { return [] }
    return indented(
      "slow: over \(NumberText.milliseconds(slow)), slowest: over \(NumberText.milliseconds(slowest)) (legacy's p95 and p99 of "
        + "the last 15 min, and 1 ms)")
  }

  private static func indented(_ text: String) -> [String] {
    let lines = Column.wrapped(text, width - 2)
    return lines.prefix(1) + lines.dropFirst().map { "  " + $0 }
  }

  /// `NAME  10 %`, the name cut where it must be.
  static func headline(_ document: ComparisonDocument, width: Int) -> String {
    let percentage = StatusReport.percentage(document.percentage)
    let state = document.enabled ? "\(percentage) %" : "KILLED, all go to legacy (\(percentage) % remembered)"
    let name = Console.printable(document.flag)
    let room = max(12, width - state.count - 2)
    return "\(name.count <= room ? name : name.prefix(room - 1) + "~")  \(state)"
  }

  private static func scope(_ document: ComparisonDocument) -> String {
    let from = Console.printable(String(document.from.prefix(32)))
    let time = Column.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
    let silent = document.silentProxies.isEmpty ? "" : ", \(document.silentProxies.count) silent"
    return [
      document.scope == "stage" ? "stage since \(from) (\(time))" : "the last \(time), since \(from)",
      "revision \(document.revision)",
      counted(document.proxies, "prox", one: "y", many: "ies") + silent,
    ].joined(separator: ", ")
  }
}
