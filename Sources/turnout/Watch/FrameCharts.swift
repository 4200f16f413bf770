import Admin
import Bytes

/// Six sparklines, two for each measure, with the current and the highest value:
///
///     10 s a column, last 7 min                                    now      max
///     requests/s  legacy   ▃▃▄▄▅▅▆▆▇▇██                         1,203    1,331
extension Frame {
  private struct Layout {
    var name = 12
    var cohort = 9
    /// For each number, including the space before it.
    var number = 10
    var hasMaximum = true

    init(columns: Int) {
      guard columns < 60 else { return }
      (name, cohort, hasMaximum) = (6, 8, false)
    }

    func chart(of columns: Int) -> Int { max(4, columns - name - cohort - number * (hasMaximum ? 2 : 1)) }
  }

  /// One measure of both cohorts.
  private struct Measure {
    let name: String
    let short: String
    let rank: Int
    let values: KeyPath<ChartSeries.Cohort, [Double?]>
    /// Whether both cohorts have the same scale.
    let isShared: Bool
    let text: (Double?) -> String
  }

  private static var measures: [Measure] {
    [
      Measure(
        name: "requests/s", short: "req/s", rank: Rank.rateChart, values: \.rate, isShared: false,
        text: { rate in rate.map { NumberText.fixed($0, $0 < 9.95 && $0 > 0 ? 1 : 0) } ?? "-" }),
      Measure(
        name: "error rate", short: "error", rank: Rank.errorChart, values: \.errors, isShared: true,
        text: { NumberText.percent($0, decimals: 2) }),
      Measure(
        name: "p95", short: "p95", rank: Rank.p95Chart, values: \.p95, isShared: true, text: NumberText.milliseconds),
    ]
  }

  func addCharts(to rows: inout FrameRows) {
    guard state.comparison != nil || !state.history.windows.isEmpty else { return }
    rows.beginSection()
    let layout = Layout(columns: size.columns)
    let series = ChartSeries(state.history, columns: layout.chart(of: size.columns), now: chartNow)
    rows.add([heading(series, layout)], rank: Rank.chartHeading, isHeading: true)
    for measure in Self.measures { rows.add(lines(of: measure, series, layout), rank: measure.rank) }
    rows.add(marks(series, layout), rank: Rank.marks)
  }

  /// By the proxy's clock, which dates the windows.
  private var chartNow: Double {
    let delay = state.comparison.flatMap { TimeText.seconds(since: $0.to, now: state.now) }
    return Double(state.now - (delay ?? 0)) + Double(state.ageSeconds ?? 0)
  }

  private func heading(_ series: ChartSeries, _ layout: Layout) -> StyledLine {
    let chart = layout.chart(of: size.columns)
    let span = NumberText.duration(seconds: chart * series.seconds)
    let part = !state.history.isFleet && (state.comparison?.proxies ?? 1) > 1 ? ", this proxy" : ""
    let text = (layout.hasMaximum ? "\(series.seconds) s a column, last \(span)" : "last \(span)") + part
    let left = Column.left(text, layout.name + layout.cohort + chart)
    let numbers = Column.right("now", layout.number) + (layout.hasMaximum ? Column.right("max", layout.number) : "")
    return StyledLine(left + numbers, .faint)
  }

  private func lines(of measure: Measure, _ series: ChartSeries, _ layout: Layout) -> [StyledLine] {
    let name = layout.hasMaximum ? measure.name : measure.short
    let (legacy, unified) = (series.legacy[keyPath: measure.values], series.unified[keyPath: measure.values])
    let both = max(Self.top(legacy), Self.top(unified))
    return [
      line(name, "legacy", .legacy, legacy, measure.isShared ? both : Self.top(legacy), measure, layout),
      line("", "unified", .unified, unified, measure.isShared ? both : Self.top(unified), measure, layout),
    ]
  }

  private static func top(_ values: [Double?]) -> Double { values.reduce(0) { max($0, $1 ?? 0) } }

  private func line(
    _ name: String, _ cohort: String, _ tone: Tone, _ values: [Double?], _ top: Double, _ measure: Measure,
    _ layout: Layout
  ) -> StyledLine {
    var line = StyledLine(Column.left(name, layout.name) + Column.left(cohort, layout.cohort))
    line.append(Sparkline.text(values, top: top, isUnicode: state.isUnicode), tone)
    line.append(Column.right(measure.text(values.last ?? nil), layout.number))
    if layout.hasMaximum {
      line.append(Column.right(measure.text(values.compactMap { $0 }.max()), layout.number), .faint)
    }
    return line
  }

  /// `^10 %` under the column in which the flag was changed; without room, as before a later change, only `^`.
  private func marks(_ series: ChartSeries, _ layout: Layout) -> [StyledLine] {
    guard !series.marks.isEmpty else { return [] }
    let left = layout.name + layout.cohort
    var cells = [Character](repeating: " ", count: size.columns)
    for mark in series.marks.reversed() {
      let state = mark.change.enabled ? "\(StatusReport.percentage(mark.change.percentage)) %" : "KILLED"
      let label = Array("^" + state)
      let room = cells[min(left + mark.column, cells.count)...].prefix { $0 == " " }
      // With a space before the next mark, unless it is the last.
      let isFree = room.count > label.count || room.endIndex == cells.count && room.count == label.count
      let shown = isFree ? label : Array("^".prefix(room.count))
      cells.replaceSubrange(room.startIndex..<room.startIndex + shown.count, with: shown)
    }
    let labels = cells[min(left, cells.count)...].reversed().drop { $0 == " " }.reversed()
    return [StyledLine(Column.left("changes", left) + String(labels), .faint)]
  }
}

/// A chart of one line: a bar for each value.
enum Sparkline {
  /// The lowest bar first.
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let ascii: [Character] = [".", ":", "-", "=", "+", "*", "#", "@"]

  /// One character for each value: a space if it is unknown, a dot for zero, which must differ from a small value, else
  /// a bar as high as the value's share of `top`.
  static func text(_ values: [Double?], top: Double, isUnicode: Bool) -> String {
    let bars = isUnicode ? blocks : ascii
    return String(
      values.map { value -> Character in
        guard let value, value.isFinite, value >= 0 else { return " " }
        guard value > 0, top > 0 else { return isUnicode ? "·" : "_" }
        // Values that differ only by rounding get the same height.
        let level = (value / top * Double(bars.count) - 1e-6).rounded(.up)
        return bars[Int(min(max(level, 1), Double(bars.count))) - 1]
      })
  }
}
