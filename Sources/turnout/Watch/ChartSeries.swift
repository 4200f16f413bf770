import Admin

/// What the charts show, in columns of equal time. Columns begin at multiples of their length, so that a chart moves by
/// whole columns and what was drawn stays as it was.
struct ChartSeries: Equatable {
  struct Cohort: Equatable {
    /// Each second.
    var rate: [Double?] = []
    /// A share.
    var errors: [Double?] = []
    /// Milliseconds.
    var p95: [Double?] = []
  }

  /// Of one column.
  let seconds: Int
  private(set) var legacy = Cohort()
  private(set) var unified = Cohort()
  /// The columns in which the flag was changed, and to what; the latest last.
  private(set) var marks: [(column: Int, mark: WindowsDocument.Mark)] = []

  private static let lengths = [1, 2, 5, 10, 15, 20, 30, 60]
  /// What is to be seen at least, in seconds.
  private static let span = 300

  init(_ history: WindowHistory, columns: Int, now: Double) {
    let columns = max(1, columns)
    let length = Self.lengths.first { $0 * columns >= Self.span } ?? 60
    seconds = length
    let end = history.end(now: now)
    guard end.isFinite, abs(end) < 1e15 else { return }
    let size = Double(length)
    let first = (end / size).rounded(.up) * size - Double(columns) * size
    var cells = [[WindowsDocument.Window]](repeating: [], count: columns)
    for window in history.windows where window.at >= first && window.at < end {
      cells[min(columns - 1, Int((window.at - first) / size))].append(window)
    }
    let known = history.windows.first?.at ?? .infinity
    for (index, cell) in cells.enumerated() {
      let begin = first + Double(index) * size
      // The last column is not over yet.
      let elapsed = min(size, end - begin)
      let isKnown = begin + size > known
      legacy.append(cell.map(\.legacy), seconds: elapsed, isKnown: isKnown)
      unified.append(cell.map(\.unified), seconds: elapsed, isKnown: isKnown)
    }
    marks = history.marks.filter { $0.at >= first && $0.at <= end }.sorted { $0.at < $1.at }.map {
      (min(columns - 1, Int(($0.at - first) / size)), $0)
    }
  }

  static func == (left: ChartSeries, right: ChartSeries) -> Bool {
    left.seconds == right.seconds && left.legacy == right.legacy && left.unified == right.unified
      && left.marks.map(\.column) == right.marks.map(\.column) && left.marks.map(\.mark) == right.marks.map(\.mark)
  }
}

extension ChartSeries.Cohort {
  /// Times without traffic have no windows: a rate of nothing, and no share or latency.
  fileprivate mutating func append(_ figures: [WindowsDocument.Figures], seconds: Double, isKnown: Bool) {
    let requests = figures.reduce(0.0) { $0 + Double($1.requests) }
    rate.append(isKnown && seconds > 0 ? requests / seconds : nil)
    errors.append(requests > 0 ? figures.reduce(0.0) { $0 + Double($1.errors) } / requests : nil)
    // The percentile of several windows cannot be had from theirs; their mean, by requests, lies between them.
    let timed = figures.compactMap { figure in figure.p95.map { (Double(figure.requests), $0) } }
    let weight = timed.reduce(0) { $0 + $1.0 }
    p95.append(weight > 0 ? timed.reduce(0) { $0 + $1.0 * $1.1 } / weight : nil)
  }
}

/// The windows of the last minutes, put together from answers that each bring the latest ones.
struct WindowHistory: Equatable {
  private(set) var windows: [WindowsDocument.Window] = []
  private(set) var marks: [WindowsDocument.Mark] = []
  /// Whether all proxies are in it, or only the one that is asked.
  private(set) var isFleet = true
  private var flag = ""

  /// Seconds that are kept: what the widest chart shows.
  static let kept = 900.0
  /// What other proxies counted comes some seconds late, so the last ones are asked for again.
  private static let overlap = 15.0

  /// Moments that can be meant: from 1970 to 2100. What a server says beyond them is left out.
  static let moments = 0.0...4_102_444_800

  /// From where on to ask next.
  func next(now: Double) -> Double { max(0, now - Self.kept, (windows.last?.at ?? 0) - Self.overlap) }

  /// `document` has all windows from that moment on.
  mutating func take(_ document: WindowsDocument, from: Double) {
    if document.flag != flag { self = WindowHistory() }
    (flag, isFleet) = (document.flag, document.fleet)
    windows.removeAll { $0.at >= from }
    windows += document.windows.filter { $0.at >= from && Self.moments.contains($0.at) }.sorted { $0.at < $1.at }
    let oldest = (windows.last?.at ?? from) - Self.kept
    windows.removeAll { $0.at < oldest }
    marks.removeAll { $0.at >= from || $0.at < oldest }
    marks += document.marks.filter { $0.at >= from && Self.moments.contains($0.at) }
  }

  /// Where the charts end: with the last window while there is traffic, else now.
  func end(now: Double) -> Double {
    guard let last = windows.last else { return now }
    let end = last.at + last.seconds
    return now - end < Self.overlap ? end : now
  }
}
