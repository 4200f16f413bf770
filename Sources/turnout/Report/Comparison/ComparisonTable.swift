import Admin

/// Rows in columns. Where the terminal is narrow, the interval goes first, then the difference, and the other columns
/// close up:
///
///     measure            legacy     unified  difference           interval  verdict
///     error rate         0.12 %      0.54 %    +0.42 pt     +0.18 to +0.66  HARMFUL
struct ComparisonTable {
  let width: Int

  /// Right-aligned but for the measure and the verdict, which are at the edges.
  private struct Columns {
    var measure = 13
    var cohort = 12
    var difference = 0
    var interval = 0
    /// With the space before it.
    var verdict = 11
  }

  private var columns: Columns {
    switch width {
    case 80...: Columns(difference: 13, interval: 19)
    case 61...: Columns(difference: 13)
    case 48...: Columns()
    default: Columns(measure: 10, cohort: 10, verdict: 10)
    }
  }

  var heading: StyledLine {
    StyledLine(line("measure", "legacy", "unified", "difference", "interval", "verdict").text, .faint)
  }

  func line(_ row: ComparisonRow) -> StyledLine {
    line(
      columns.measure < 13 ? Self.short[row.name] ?? row.name : row.name, row.legacy, row.unified, row.difference,
      row.interval, row.verdict)
  }

  private static let short = ["slowest > p99": "slow > p99", "conversations": "created"]

  private func line(
    _ measure: String, _ legacy: String, _ unified: String, _ difference: String, _ interval: String,
    _ verdict: String
  ) -> StyledLine {
    let columns = columns
    var line = StyledLine(Column.left(measure, columns.measure))
    line.append(cell(legacy, columns.cohort) + cell(unified, columns.cohort))
    line.append(cell(difference, columns.difference) + cell(interval, columns.interval))
    guard !verdict.isEmpty else {
      return StyledLine(String(line.text.reversed().drop { $0 == " " }.reversed())).cut(to: width)
    }
    let gap = columns.verdict - "undecided".count
    line.append(String(repeating: " ", count: gap))
    line.append(Self.shown(verdict), Self.tone(verdict))
    return line.cut(to: width)
  }

  /// Right-aligned with a space before it at least.
  private func cell(_ text: String, _ width: Int) -> String {
    guard width > 0 else { return "" }
    let shown = text.count < width ? text : text.prefix(width - 2) + "~"
    return Column.right(shown, width)
  }

  /// Capitals where something is to be done.
  static func shown(_ verdict: String) -> String {
    verdict == "harmful" ? "HARMFUL" : String(Console.printable(verdict).prefix(9))
  }

  static func tone(_ verdict: String) -> Tone {
    switch verdict {
    case "harmful": .bad
    case "safe": .good
    case "undecided": .warning
    default: .faint
    }
  }
}
