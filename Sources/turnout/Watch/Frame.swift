import Admin
import Bytes
import FlagStore

/// One screen of `turnout watch`: at most as many lines, and as wide, as the terminal. The last line lists the keys.
struct Frame {
  let state: WatchState
  let size: ScreenSize

  /// The most important content has the lowest rank.
  enum Rank {
    static let headline = 0
    static let trouble = 1
    static let kill = 2
    static let sentence = 3
    static let alert = 4
    static let verdicts = 5
    static let facts = 6
    static let requests = 7
    static let errorChart = 8
    static let p95 = 9
    static let p95Chart = 10
    static let rateChart = 11
    static let chartHeading = 12
    static let marks = 13
    static let figures = 14
    static let median = 15
    static let notes = 16
  }

  var lines: [StyledLine] {
    var rows = FrameRows()
    addHeader(to: &rows)
    addCharts(to: &rows)
    addTable(to: &rows)
    addText(to: &rows)
    guard size.rows > 2 else { return rows.fitted(to: size.rows).map { $0.cut(to: size.columns) } }
    var lines = rows.fitted(to: size.rows - 1)
    lines += Array(repeating: StyledLine(), count: max(0, size.rows - 1 - lines.count))
    return (lines + [keys]).map { $0.cut(to: size.columns) }
  }

  private var keys: StyledLine {
    let other = state.scope == .stage ? "last 15 min" : "this stage"
    let kill = state.showsKill ? "hide" : "kill command"
    return StyledLine("q quit   s \(other)   k \(kill)", .faint)
  }

  // MARK: Text below the table

  private func addText(to rows: inout FrameRows) {
    rows.beginSection()
    if let document = state.comparison {
      let sentence = Column.wrapped(state.shown(document.sentence), size.columns)
      // If it is too long even alone, show its beginning.
      let room = max(1, size.rows - 4)
      rows.add(sentence.prefix(room).map { StyledLine($0, sentenceTone(document)) }, rank: Rank.sentence)
      for note in ComparisonNotes(document: document).notes {
        let lines = Column.wrapped(state.shown(note), size.columns, indent: 2)
        rows.add(lines.map { StyledLine($0, .faint) }, rank: Rank.notes)
      }
    }
    guard state.showsKill else { return }
    rows.beginSection()
    let command = Column.wrapped(state.shown(state.killCommand), size.columns)
    rows.add(
      [StyledLine("To send everyone to legacy:", .strong)] + command.map { StyledLine($0, .strong) }, rank: Rank.kill)
  }

  private func sentenceTone(_ document: ComparisonDocument) -> Tone {
    document.verdict == "harmful" ? .bad : .strong
  }

  // MARK: Table

  private func addTable(to rows: inout FrameRows) {
    guard let document = state.comparison else { return }
    rows.beginSection()
    let table = ComparisonTable(width: size.columns)
    rows.add([table.heading], rank: Rank.verdicts, isHeading: true)
    for row in ComparisonRow.all(document) {
      let rank =
        switch row.measure {
        case .errorRate, .slow, .slowest, .mean, .conversations: Rank.verdicts
        case .requests: Rank.requests
        case .p95: Rank.p95
        case .users, .errors, .p99: Rank.figures
        case .p50: Rank.median
        }
      rows.add([table.line(row)], rank: rank)
    }
  }
}

/// The header: what is in force, and whether the data can be trusted.
extension Frame {
  func addHeader(to rows: inout FrameRows) {
    rows.add([headline], rank: Rank.headline)
    rows.add(connectionState, rank: Rank.trouble)
    rows.add([facts], rank: Rank.facts)
    for alert in alerts { rows.add(wrapped(alert.text, alert.tone), rank: Rank.alert) }
  }

  private func wrapped(_ text: String, _ tone: Tone) -> [StyledLine] {
    Column.wrapped(state.shown(text), size.columns).map { StyledLine($0, tone) }
  }

  /// From the status if there is one, because it knows why nobody is in unified.
  private var headline: StyledLine {
    let isOn = state.flag?.enabled ?? state.comparison?.enabled ?? true
    let known = state.comparison.map { ComparisonReport.headline($0, width: size.columns) } ?? "turnout watch"
    let text = state.shown(state.flag.map { StatusReport.headline(of: $0) } ?? known)
    return StyledLine(cutName(text), isOn ? .strong : .bad)
  }

  /// Cuts the name rather than the state behind it.
  private func cutName(_ text: String) -> String {
    guard text.count > size.columns, let gap = text.firstRange(of: "  ") else { return text }
    let (name, state) = (String(text[..<gap.lowerBound]), String(text[gap.lowerBound...]))
    let room = max(8, size.columns - state.count)
    return (name.count > room ? "\(name.prefix(room - 1))~" : name) + state
  }

  private var connectionState: [StyledLine] {
    guard let error = state.error else {
      return state.status == nil ? [StyledLine("connecting to \(state.shown(state.address)) ...", .faint)] : []
    }
    let age = state.ageSeconds.map { "; the data is \(NumberText.duration(seconds: $0)) old" } ?? ""
    let what: String
    switch error {
    case .unreachable(let reason): what = "NO RESPONSE from \(state.address): \(reason)\(age). Retrying."
    case .unexpected(let reason): what = "NO ADMIN PORT at \(state.address): \(reason)\(age). Retrying."
    case .refused(_, let reason): what = "THE PROXY CANNOT COMPARE: \(reason)\(age). Retrying."
    }
    return wrapped(what, .bad)
  }

  /// As many facts as fit, the most important first.
  private var facts: StyledLine {
    var facts: [String] = []
    if let document = state.comparison {
      let time = NumberText.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
      facts.append(document.scope == "stage" ? "stage \(time)" : "last \(time)")
      let silent = document.silentProxies.isEmpty ? "" : " + \(document.silentProxies.count) silent"
      facts.append(counted(document.proxies, "proxy", "proxies") + silent)
    }
    if let revision = state.flag?.revision ?? state.comparison?.revision { facts.append("revision \(revision)") }
    if let status = state.status { facts.append("generation \(status.generation)") }
    if let document = state.comparison { facts.append("since \(state.shown(String(document.from.prefix(32))))") }
    var text = ""
    for fact in facts {
      let longer = text.isEmpty ? fact : "\(text), \(fact)"
      if longer.count <= size.columns { text = longer }
    }
    return StyledLine(text, .faint)
  }

  private var alerts: [(text: String, tone: Tone)] {
    var alerts: [(text: String, tone: Tone)] = []
    if let status = state.status {
      if let kill = status.flagSource.localKill {
        alerts.append(("KILLED LOCALLY by \(kill.by), \(TimeText.ago(kill.at, now: state.now))", .bad))
      }
      if status.flagSource.storeLost == true { alerts.append(("STORE LOST: everyone goes to legacy", .bad)) }
      if status.draining { alerts.append(("DRAINING: the proxy is shutting down", .warning)) }
      if let stale = StaleWarning.text(status, flag: state.comparison?.flag) { alerts.append((stale, .warning)) }
    }
    if let document = state.comparison {
      alerts += ComparisonNotes(document: document).alerts.map { ($0, .warning) }
    }
    return alerts
  }
}

/// Chooses the lines of a frame that are shown if not all of them fit.
///
/// Lines come in groups that are shown whole or not at all: a chart of one cohort alone would mislead. A group with a lower
/// rank has priority; the order on the screen is the order in which groups were added.
struct FrameRows {
  private struct Group {
    let rank: Int
    let lines: [StyledLine]
    let section: Int
    let isHeading: Bool
  }

  private var groups: [Group] = []
  private var section = 0

  /// Adds a blank line here, provided there is room for all blank lines.
  mutating func beginSection() { section += 1 }

  /// A heading is shown only with content of its section below it.
  mutating func add(_ lines: [StyledLine], rank: Int, isHeading: Bool = false) {
    if !lines.isEmpty { groups.append(Group(rank: rank, lines: lines, section: section, isHeading: isHeading)) }
  }

  func fitted(to height: Int) -> [StyledLine] {
    var (room, chosen) = (height, Set<Int>())
    for (index, group) in groups.enumerated().sorted(by: { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
    )
    where group.lines.count <= room {
      chosen.insert(index)
      room -= group.lines.count
    }
    let candidates = chosen.sorted().map { groups[$0] }
    let shown = candidates.enumerated().filter { index, group in
      !group.isHeading || candidates.dropFirst(index + 1).first?.section == group.section
    }.map(\.element)
    let gaps = zip(shown, shown.dropFirst()).count { $0.section != $1.section }
    var lines: [StyledLine] = []
    for (index, group) in shown.enumerated() {
      if index > 0, room >= gaps, group.section != shown[index - 1].section { lines.append(StyledLine()) }
      lines += group.lines
    }
    return lines
  }
}
