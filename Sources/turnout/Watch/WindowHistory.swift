import Admin

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
