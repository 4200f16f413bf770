import Admin
import Bytes

/// The comparison of unified with legacy, for a terminal of 80 columns:
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
    let wrapped = (notes.warnings + notes.notes).flatMap { Column.wrapped($0, Self.width, indent: 2) }
    let table = ComparisonTable(width: Self.width)
    let rows = [table.heading] + ComparisonRow.all(document).map(table.line)
    let blocks = [
      [Self.headline(document, width: Self.width)] + Column.wrapped(Self.scope(document), Self.width),
      rows.map(\.text) + Self.references(document), wrapped,
      Column.wrapped(Console.printable(document.sentence), Self.width),
    ]
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// The current thresholds of "slow" and "slowest".
  private static func references(_ document: ComparisonDocument) -> [String] {
    guard let slow = document.slow, let slowest = document.slowest else { return [] }
    return Column.wrapped(
      "slow: over \(NumberText.milliseconds(slow)), slowest: over \(NumberText.milliseconds(slowest)) (legacy's p95 and p99 of "
        + "the last 15 min, plus 1 ms)", width, indent: 2)
  }

  /// `NAME  10 %`, with the name cut to fit.
  static func headline(_ document: ComparisonDocument, width: Int) -> String {
    let percentage = StatusReport.percentage(document.percentage)
    let state = document.enabled ? "\(percentage) %" : "KILLED, all go to legacy (\(percentage) % remembered)"
    let name = Console.printable(document.flag)
    let room = max(12, width - state.count - 2)
    return "\(name.count <= room ? name : name.prefix(room - 1) + "~")  \(state)"
  }

  private static func scope(_ document: ComparisonDocument) -> String {
    let from = Console.printable(String(document.from.prefix(32)))
    let time = NumberText.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
    let silent = document.silentProxies.isEmpty ? "" : ", \(document.silentProxies.count) silent"
    return [
      document.scope == "stage" ? "stage since \(from) (\(time))" : "the last \(time), since \(from)",
      "revision \(document.revision)",
      counted(document.proxies, "proxy", "proxies") + silent,
    ].joined(separator: ", ")
  }
}

/// Warnings about the comparison, and notes on what it leaves out or cannot decide yet. Each is one sentence.
struct ComparisonNotes {
  let document: ComparisonDocument

  /// Reasons not to trust the comparison.
  var warnings: [String] { [sampleRatio, silent].compactMap { $0 } }

  var notes: [String] {
    [leftOut, stages, estimated].compactMap { $0 } + undecided + absent + [margins].compactMap { $0 }
  }

  /// The warnings for `turnout watch`, where room is short.
  var alerts: [String] {
    [split.map { "\($0): do not trust" }, silentNames.map { "SILENT: \($0)" }].compactMap { $0 }
  }

  private var split: String? {
    let ratio = document.sampleRatio
    guard ratio.off else { return nil }
    let (seen, expected) = (
      NumberText.percent(ratio.seen, decimals: 2), NumberText.percent(ratio.expected, decimals: 2)
    )
    return "SPLIT IS OFF: \(seen) of users seen in unified, expected \(expected)"
  }

  private var sampleRatio: String? {
    split.map {
      "warning: \($0) (p < 0.001). Something other than the percentage decides which users are seen where; do not "
        + "trust the comparison."
    }
  }

  private var silentNames: String? {
    let names = document.silentProxies.map(Console.printable)
    guard !names.isEmpty else { return nil }
    let more = names.count > 5 ? " and \(names.count - 5) more" : ""
    return names.prefix(5).map { $0.count > 32 ? $0.prefix(31) + "~" : $0 }.joined(separator: ", ") + more
  }

  private var silent: String? {
    silentNames.map { "warning: silent proxies: \($0); their latest requests are missing." }
  }

  private var leftOut: String? {
    let (legacy, unified) = (document.legacy.leftOut, document.unified.leftOut)
    guard legacy > 0 || unified > 0 else { return nil }
    return
      "note: \(NumberText.count(legacy)) requests of legacy and \(NumberText.count(unified)) of unified count only in the "
      + "first row: they have no user key, or their user is in a list."
  }

  private var stages: String? {
    guard document.stages.count > 1 else { return nil }
    let shown = document.stages.suffix(5).map { stage in
      stage.enabled ? "\(StatusReport.percentage(stage.percentage)) %" : "killed"
    }
    let more = document.stages.count > 5 ? "..., " : ""
    return "note: \(document.stages.count) stages (\(more)\(shown.joined(separator: ", "))); users are compared within "
      + "each stage, percentiles cover all of them."
  }

  private var estimated: String? {
    let isExact = document.legacy.usersExact && document.unified.usersExact
    return isExact ? nil : "note: ~ marks user counts estimated from a sample."
  }

  // MARK: Guardrails

  /// The undecided guardrails, grouped by reason.
  private var undecided: [String] {
    var reasons: [(text: String, names: [String])] = []
    for state in document.guardrails where state.verdict == "undecided" && !Self.isUnused(state) {
      guard let name = Self.names[state.name], let text = Self.reason(state) else { continue }
      if let index = reasons.firstIndex(where: { $0.text == text }) {
        reasons[index].names.append(name)
      } else {
        reasons.append((text, [name]))
      }
    }
    return reasons.map { "undecided: \($0.names.joined(separator: ", ")): \($0.text)." }
  }

  /// The guardrails that no traffic brings a verdict on, and how to have them.
  private var absent: [String] {
    document.guardrails.filter { $0.verdict == "absent" }.compactMap { state in
      Self.names[state.name].map { "absent: \($0): \(state.advice ?? "the servers do not report it")" }
    }
  }

  /// Legacy created no conversation, so no verdict will come.
  private static func isUnused(_ state: ComparisonDocument.GuardrailState) -> Bool {
    state.name == "conversations_created" && state.shortage == "nothing_measured"
  }

  static let names = [
    "error_rate": "error rate", "slow_requests": "slow > p95", "slowest_requests": "slowest > p99",
    "mean_latency": "mean", "conversations_created": "conversations",
  ]

  private static func reason(_ state: ComparisonDocument.GuardrailState) -> String? {
    switch state.shortage {
    case "one_cohort_only": return "in no stage did both cohorts have requests"
    case "few_requests": return "too few requests so far"
    case "few_users": return "too few users so far"
    case "nothing_measured": return "nothing measured yet"
    default: break
    }
    let difference = state.detectable.map { "a difference of \(amount(abs($0), of: state.name)) would be detected" }
    let time = state.secondsToVerdict.map { "verdict in \(NumberText.about(seconds: $0)) at this traffic" }
    let known = [difference, time].compactMap { $0 }
    return known.isEmpty ? nil : known.joined(separator: ", ")
  }

  /// The margins beyond which unified counts as worse.
  private var margins: String? {
    let known = document.guardrails.filter { $0.verdict != "absent" }.compactMap { state in
      Self.names[state.name].map { name in
        "\(name) \(state.name == "conversations_created" ? "-" : "+")\(Self.amount(state.margin, of: state.name))"
      }
    }
    return known.isEmpty ? nil : "harmful beyond: \(known.joined(separator: ", "))."
  }

  private static func amount(_ value: Double, of name: String) -> String {
    guard name != "mean_latency" else { return NumberText.milliseconds(value) }
    let text = NumberText.decimal(value * 100, atMost: NumberText.decimals(forTwo: value * 100, atMost: 3))
    return "\(text) \(name == "conversations_created" ? "%" : "pt")"
  }
}
