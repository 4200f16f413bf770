import Admin
import Bytes

/// Prints the table of `turnout compare` and `turnout watch`. In a narrow terminal the interval is dropped first, then the
/// difference, then the other columns move together:
///
///     measure            legacy     unified  difference           interval  verdict
///     error rate         0.12 %      0.54 %    +0.42 pt     +0.18 to +0.66  HARMFUL
struct ComparisonTable {
  let width: Int

  /// Widths. The measure and the verdict are left-aligned, the others right-aligned.
  private struct Columns {
    var measure = 13
    var cohort = 12
    var difference = 0
    var interval = 0
    /// Including the space before it.
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
      return StyledLine(Column.trimmedEnd(line.text)).cut(to: width)
    }
    let gap = columns.verdict - "undecided".count
    line.append(String(repeating: " ", count: gap))
    line.append(Self.shown(verdict), Self.tone(verdict))
    return line.cut(to: width)
  }

  /// Right-aligned, with at least one space before it.
  private func cell(_ text: String, _ width: Int) -> String {
    guard width > 0 else { return "" }
    let shown = text.count < width ? text : text.prefix(width - 2) + "~"
    return Column.right(shown, width)
  }

  /// In capitals if it calls for action.
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

/// One line of the comparison: a measure of both cohorts and their difference, as text for the columns.
struct ComparisonRow: Equatable {
  /// In the order of the table.
  enum Measure: CaseIterable {
    case requests, users, errors, errorRate, slow, slowest, mean, p50, p95, p99, conversations
  }

  let measure: Measure
  let name: String
  let legacy: String
  let unified: String
  var difference = ""
  var interval = ""
  /// "harmful", "safe", "undecided" or "absent"; empty for a row without a guardrail.
  var verdict = ""

  static func all(_ document: ComparisonDocument) -> [ComparisonRow] {
    let (legacy, unified) = (document.legacy, document.unified)
    func guardrail(_ name: String) -> ComparisonDocument.GuardrailState? {
      document.guardrails.first { $0.name == name }
    }
    func latency(_ measure: Measure, _ name: String, _ path: KeyPath<ComparisonDocument.Figures, Double?>) -> Self {
      percentile(measure, name, legacy[keyPath: path], unified[keyPath: path])
    }
    var rows = [
      Self(
        measure: .requests, name: "requests", legacy: NumberText.count(legacy.requests),
        unified: NumberText.count(unified.requests)),
      Self(measure: .users, name: "users", legacy: users(legacy), unified: users(unified)),
      Self(
        measure: .errors, name: "errors", legacy: NumberText.count(legacy.errors),
        unified: NumberText.count(unified.errors)),
      rate(.errorRate, "error rate", guardrail("error_rate"), legacy.errorRate, unified.errorRate),
      rate(.slow, "slow > p95", guardrail("slow_requests"), legacy.slowShare, unified.slowShare),
      rate(.slowest, "slowest > p99", guardrail("slowest_requests"), legacy.slowestShare, unified.slowestShare),
      mean(guardrail("mean_latency"), legacy.mean, unified.mean),
      latency(.p50, "p50", \.p50), latency(.p95, "p95", \.p95), latency(.p99, "p99", \.p99),
    ]
    let created = guardrail("conversations_created")
    if legacy.created > 0 || unified.created > 0 { rows.append(conversations(created)) }
    return rows
  }

  private static func users(_ figures: ComparisonDocument.Figures) -> String {
    let rounded = UInt64(exactly: figures.users.rounded())
    guard figures.usersExact, let rounded else { return NumberText.estimate(figures.users) }
    return NumberText.count(rounded)
  }

  // MARK: Kinds of rows

  /// The values of the guardrail, else the plain counts: over several stages, only the guardrail's values add up.
  private static func rate(
    _ measure: Measure, _ name: String, _ state: ComparisonDocument.GuardrailState?, _ legacy: Double?,
    _ unified: Double?
  ) -> ComparisonRow {
    let (old, new) = (state?.legacy ?? legacy, state?.unified ?? unified)
    let difference = Difference(state, unit: "pt", scale: 100, from: old, to: new)
    // At most five digits: 12.345 %, 1.2345 %.
    let largest = max(old ?? 0, new ?? 0) * 100
    let limit = largest >= 100 ? 2 : largest >= 10 ? 3 : 4
    let decimals = max(2, min(limit, difference.decimals(limit: limit, otherwise: 2)))
    return ComparisonRow(
      measure: measure, name: name, legacy: NumberText.percent(old, decimals: decimals),
      unified: NumberText.percent(new, decimals: decimals), difference: difference.text(decimals),
      interval: difference.interval(decimals), verdict: state?.verdict ?? "")
  }

  private static func mean(
    _ state: ComparisonDocument.GuardrailState?, _ legacy: Double?, _ unified: Double?
  ) -> ComparisonRow {
    let (old, new) = (state?.legacy ?? legacy, state?.unified ?? unified)
    let difference = Difference(state, unit: "ms", scale: 1, from: old, to: new)
    let decimals = difference.decimals(limit: 2, otherwise: coarser(old, new))
    return ComparisonRow(
      measure: .mean, name: "mean", legacy: NumberText.milliseconds(old), unified: NumberText.milliseconds(new),
      difference: difference.text(decimals), interval: difference.interval(decimals), verdict: state?.verdict ?? "")
  }

  private static func percentile(
    _ measure: Measure, _ name: String, _ legacy: Double?, _ unified: Double?
  ) -> ComparisonRow {
    let difference = Difference(nil, unit: "ms", scale: 1, from: legacy, to: unified)
    return ComparisonRow(
      measure: measure, name: name, legacy: NumberText.milliseconds(legacy), unified: NumberText.milliseconds(unified),
      difference: difference.text(coarser(legacy, unified)))
  }

  private static func conversations(_ state: ComparisonDocument.GuardrailState?) -> ComparisonRow {
    let difference = Difference(state, unit: "%", scale: 100, from: nil, to: nil)
    let decimals = difference.decimals(limit: 2, otherwise: 1)
    func perRequest(_ value: Double?) -> String {
      value.map { "\(NumberText.fixed($0, max(2, NumberText.decimals(forThree: $0))))/req" } ?? "-"
    }
    return ComparisonRow(
      measure: .conversations, name: "conversations", legacy: perRequest(state?.legacy),
      unified: perRequest(state?.unified), difference: difference.text(decimals),
      interval: difference.interval(decimals), verdict: state?.verdict ?? "")
  }

  /// A difference has no more decimals than the larger of both latencies.
  private static func coarser(_ legacy: Double?, _ unified: Double?) -> Int {
    NumberText.decimals(forThree: max(legacy ?? 0, unified ?? 0))
  }
}

/// Unified minus legacy, in the unit of its column.
private struct Difference {
  private let unit: String
  private let value: Double?
  private let bounds: (lower: Double, upper: Double)?

  /// The difference of the guardrail, else of the two values.
  init(
    _ state: ComparisonDocument.GuardrailState?, unit: String, scale: Double, from legacy: Double?, to unified: Double?
  ) {
    self.unit = unit
    var plain: Double?
    if let legacy, let unified { plain = unified - legacy }
    value = (state?.difference ?? plain).map { $0 * scale }
    if let lower = state?.lower, let upper = state?.upper {
      bounds = (lower * scale, upper * scale)
    } else {
      bounds = nil
    }
  }

  /// As many decimals as show two digits of the interval's half width.
  func decimals(limit: Int, otherwise: Int) -> Int {
    guard let bounds, bounds.upper > bounds.lower else { return otherwise }
    return NumberText.decimals(forTwo: (bounds.upper - bounds.lower) / 2, atMost: limit)
  }

  func text(_ decimals: Int) -> String { value.map { "\(NumberText.signed($0, decimals)) \(unit)" } ?? "-" }

  func interval(_ decimals: Int) -> String {
    guard let bounds else { return "" }
    return "\(NumberText.signed(bounds.lower, decimals)) to \(NumberText.signed(bounds.upper, decimals))"
  }
}
