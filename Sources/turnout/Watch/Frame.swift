import Admin
import FlagStore

/// One picture of `turnout watch`: so many lines, each at most so wide. The last line says which keys there are.
struct Frame {
  let state: WatchState
  let size: ScreenSize

  /// The most important have the lowest rank.
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
    addWords(to: &rows)
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

  // MARK: Words below the table

  private func addWords(to rows: inout FrameRows) {
    rows.beginSection()
    if let document = state.comparison {
      let sentence = Column.wrapped(state.shown(document.sentence), size.columns)
      // Where it is too long even alone, its beginning is better than nothing.
      let room = max(1, size.rows - 4)
      rows.add(sentence.prefix(room).map { StyledLine($0, sentenceTone(document)) }, rank: Rank.sentence)
      for note in ComparisonNotes(document: document).notes {
        let lines = Column.wrapped(state.shown(note), size.columns - 2)
        rows.add(
          (lines.prefix(1) + lines.dropFirst().map { "  " + $0 }).map { StyledLine($0, .faint) }, rank: Rank.notes)
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

/// What is in force, and whether what is shown can be trusted.
extension Frame {
  func addHeader(to rows: inout FrameRows) {
    rows.add([headline], rank: Rank.headline)
    rows.add(trouble, rank: Rank.trouble)
    rows.add([facts], rank: Rank.facts)
    for alert in alerts { rows.add(wrapped(alert.text, alert.tone), rank: Rank.alert) }
  }

  private func wrapped(_ text: String, _ tone: Tone) -> [StyledLine] {
    Column.wrapped(state.shown(text), size.columns).map { StyledLine($0, tone) }
  }

  /// By the status where there is one, which knows why nobody is in unified.
  private var headline: StyledLine {
    let isOn = state.flag?.enabled ?? state.comparison?.enabled ?? true
    let known = state.comparison.map { ComparisonReport.headline($0, width: size.columns) } ?? "turnout watch"
    let text = state.shown(state.flag.map { StatusReport.headline(of: $0) } ?? known)
    return StyledLine(cutName(text), isOn ? .strong : .bad)
  }

  /// The state behind the name is what must be seen.
  private func cutName(_ text: String) -> String {
    guard text.count > size.columns, let gap = text.firstRange(of: "  ") else { return text }
    let (name, state) = (String(text[..<gap.lowerBound]), String(text[gap.lowerBound...]))
    let room = max(8, size.columns - state.count)
    return (name.count > room ? "\(name.prefix(room - 1))~" : name) + state
  }

  private var trouble: [StyledLine] {
    guard let error = state.trouble else {
      return state.status == nil ? [StyledLine("asking \(state.shown(state.place)) ...", .faint)] : []
    }
    let age = state.ageSeconds.map { "; what is shown is \(Column.duration(seconds: $0)) old" } ?? ""
    let what: String
    switch error {
    case .unreachable(let reason): what = "NO ANSWER from \(state.place): \(reason)\(age). Trying again."
    case .unexpected(let reason): what = "NO ADMIN PORT at \(state.place): \(reason)\(age). Trying again."
    case .refused(_, let reason): what = "THE PROXY DOES NOT COMPARE: \(reason)\(age). Trying again."
    }
    return wrapped(what, .bad)
  }

  /// As many as fit, the most important first.
  private var facts: StyledLine {
    var facts: [String] = []
    if let document = state.comparison {
      let time = Column.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
      facts.append(document.scope == "stage" ? "stage \(time)" : "last \(time)")
      let silent = document.silentProxies.isEmpty ? "" : " + \(document.silentProxies.count) silent"
      facts.append(counted(document.proxies, "prox", one: "y", many: "ies") + silent)
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
        alerts.append(("KILLED LOCALLY by \(kill.by), \(Age.text(of: kill.at, now: state.now))", .bad))
      }
      if status.flagSource.storeLost == true { alerts.append(("STORE LOST: everyone goes to legacy", .bad)) }
      if status.draining { alerts.append(("DRAINING: the proxy ends", .warning)) }
      if let stale = StaleWarning.text(status, flag: state.comparison?.flag) { alerts.append((stale, .warning)) }
    }
    if let document = state.comparison {
      alerts += ComparisonNotes(document: document).alerts.map { ($0, .warning) }
    }
    return alerts
  }
}

/// Chooses what of a frame is shown where not all of it fits.
///
/// Lines come in groups, which are shown whole or not at all: a chart of one cohort alone would mislead. A group with a
/// lower rank goes before one with a higher rank; the order on the screen is the order of adding.
struct FrameRows {
  private struct Group {
    let rank: Int
    let lines: [StyledLine]
    let section: Int
    let isHeading: Bool
  }

  private var groups: [Group] = []
  private var section = 0

  /// A blank line goes here, if there is room for all of them.
  mutating func beginSection() { section += 1 }

  /// A heading is not shown without anything of its section below it.
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
