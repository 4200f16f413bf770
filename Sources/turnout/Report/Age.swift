import FoundationEssentials

/// How long ago a time was.
enum Age {
  /// Nil for what is no RFC 3339 time.
  static func seconds(since text: String, now: Int) -> Int? {
    guard let moment = try? Date(text, strategy: .iso8601).timeIntervalSince1970, abs(moment) < 1e12 else { return nil }
    return now - Int(moment)
  }

  /// `5 min ago`; the text itself where it cannot be told.
  static func text(of time: String, now: Int) -> String {
    guard let seconds = seconds(since: time, now: now), seconds >= 0 else { return Console.printable(time) }
    return Column.duration(seconds: seconds) + " ago"
  }

  /// `2026-03-01T09:30:00Z (5 min ago)`
  static func timed(_ time: String, now: Int) -> String {
    let shown = Console.printable(time)
    guard let seconds = seconds(since: time, now: now), seconds >= 0 else { return shown }
    return "\(shown) (\(Column.duration(seconds: seconds)) ago)"
  }
}
