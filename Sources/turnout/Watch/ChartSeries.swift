import Admin

/// The data of the charts, in columns of equal duration. Columns begin at multiples of their length, so that a chart moves by
/// whole columns and finished columns do not change.
struct ChartSeries: Equatable {
  struct Mark: Equatable {
    let column: Int
    let change: WindowsDocument.Mark
  }

  struct Cohort: Equatable {
    /// Requests per second.
    var rate: [Double?] = []
    /// Share of requests, 0 to 1.
    var errors: [Double?] = []
    /// Milliseconds.
    var p95: [Double?] = []
  }

  /// The length of a column.
  let seconds: Int
  private(set) var legacy = Cohort()
  private(set) var unified = Cohort()
  /// The columns in which the flag was changed, with the change; latest last.
  private(set) var marks: [Mark] = []

  private static let lengths = [1, 2, 5, 10, 15, 20, 30, 60]
  /// The least time that a chart covers, in seconds.
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
      // The last column is still incomplete.
      let elapsed = min(size, end - begin)
      let isKnown = begin + size > known
      legacy.append(cell.map(\.legacy), seconds: elapsed, isKnown: isKnown)
      unified.append(cell.map(\.unified), seconds: elapsed, isKnown: isKnown)
    }
    marks = history.marks.filter { $0.at >= first && $0.at <= end }.sorted { $0.at < $1.at }.map {
      Mark(column: min(columns - 1, Int(($0.at - first) / size)), change: $0)
    }
  }
}

extension ChartSeries.Cohort {
  /// Times without traffic have no windows: their rate is 0, their share and latency are unknown.
  fileprivate mutating func append(_ figures: [WindowsDocument.Figures], seconds: Double, isKnown: Bool) {
    let requests = figures.reduce(0.0) { $0 + Double($1.requests) }
    rate.append(isKnown && seconds > 0 ? requests / seconds : nil)
    errors.append(requests > 0 ? figures.reduce(0.0) { $0 + Double($1.errors) } / requests : nil)
    // The percentile of several windows cannot be computed from theirs; their mean, weighted by requests, lies between.
    let timed = figures.compactMap { figure in figure.p95.map { (Double(figure.requests), $0) } }
    let weight = timed.reduce(0) { $0 + $1.0 }
    p95.append(weight > 0 ? timed.reduce(0) { $0 + $1.0 * $1.1 } / weight : nil)
  }
}

/// The windows of the last minutes, assembled from responses that each contain the latest ones.
struct WindowHistory: Equatable {
  private(set) var windows: [WindowsDocument.Window] = []
  private(set) var marks: [WindowsDocument.Mark] = []
  /// Whether it covers all proxies or only the one at the admin port.
  private(set) var isFleet = true
  private var flag = ""

  /// How far back windows are stored, in seconds: what the widest chart shows.
  static let span = 900.0
  /// The counts of other proxies arrive some seconds late, so the latest windows are requested again.
  private static let overlap = 15.0

  /// Plausible times, from 1970 to 2100. Others are ignored.
  static let plausibleTimes = 0.0...4_102_444_800

  /// The start of the next request.
  func next(now: Double) -> Double { max(0, now - Self.span, (windows.last?.at ?? 0) - Self.overlap) }

  /// Takes over a document that has all windows since `from`.
  mutating func take(_ document: WindowsDocument, from: Double) {
    if document.flag != flag { self = WindowHistory() }
    (flag, isFleet) = (document.flag, document.fleet)
    windows.removeAll { $0.at >= from }
    windows += document.windows.filter { $0.at >= from && Self.plausibleTimes.contains($0.at) }.sorted { $0.at < $1.at }
    let oldest = (windows.last?.at ?? from) - Self.span
    windows.removeAll { $0.at < oldest }
    marks.removeAll { $0.at >= from || $0.at < oldest }
    marks += document.marks.filter { $0.at >= from && Self.plausibleTimes.contains($0.at) }
  }

  /// The right end of the charts: the end of the last window while there is traffic, else now.
  func end(now: Double) -> Double {
    guard let last = windows.last else { return now }
    let end = last.at + last.seconds
    return now - end < Self.overlap ? end : now
  }
}
