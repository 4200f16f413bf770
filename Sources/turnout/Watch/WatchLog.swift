import Admin
import Bytes
import FoundationEssentials

/// `turnout watch` where nobody looks at a terminal: a line for each interval, and the sentence whenever the verdict
/// changes, for logs.
///
///     2026-03-01T09:30:00Z 10 % stage 2 h 5 min, legacy 123,456 requests 0.12 % errors p95 45.2 ms, unified ..., safe
struct WatchLog {
  private var verdict: String?

  init() {}

  /// What to print of one attempt.
  mutating func lines(of news: WatchFeed.News, now: Int) -> String {
    let time = Date(timeIntervalSince1970: Double(now)).formatted(.iso8601)
    if let error = news.trouble { return "\(time) NO COMPARISON: \(Console.printable(error.description))\n" }
    guard let document = news.comparison else { return "" }
    let state = document.enabled ? "\(StatusReport.percentage(document.percentage)) %" : "KILLED"
    let verdict = ComparisonTable.shown(document.verdict) + (document.sampleRatio.off ? ", SPLIT IS OFF" : "")
    let duration = Column.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
    let silent = document.silentProxies.isEmpty ? "" : ", \(document.silentProxies.count) silent"
    let line = [
      "\(time) \(state) \(document.scope == "stage" ? "stage" : "last") \(duration)\(silent)",
      Self.text("legacy", document.legacy), Self.text("unified", document.unified), verdict,
    ].joined(separator: ", ")
    defer { self.verdict = verdict }
    return line + "\n" + (verdict == self.verdict ? "" : "\(time) \(Console.printable(document.sentence))\n")
  }

  private static func text(_ name: String, _ figures: ComparisonDocument.Figures) -> String {
    let errors = NumberText.percent(figures.errorRate, decimals: 3)
    return
      "\(name) \(NumberText.count(figures.requests)) requests \(errors) errors p95 \(NumberText.milliseconds(figures.p95))"
  }
}
