import Admin

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
