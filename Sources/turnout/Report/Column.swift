/// Text and numbers in columns. Widths are in characters, which is right for what is shown here.
enum Column {
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// With ... in the place of what is too long.
  static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 3)) + "..."
  }

  /// Lines of at most `width`, broken at spaces; a longer word is broken where it must.
  static func wrapped(_ text: String, _ width: Int) -> [String] {
    let width = max(1, width)
    var (lines, line): ([String], Substring) = ([], "")
    for word in text.split(separator: " ") {
      var word = word
      if !line.isEmpty, line.count + 1 + word.count <= width {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(String(line)) }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      line = word
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// Three digits that count, as on a dial: 0.12, 1.23, 12.3, 123.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite, value >= 0, value < 1e15 else { return "-" }
    let decimals = value < 10 ? 2 : value < 100 ? 1 : 0
    return fixed(value, decimals: decimals)
  }

  static func fixed(_ value: Double, decimals: Int) -> String {
    var factor = 1.0
    for _ in 0..<decimals { factor *= 10 }
    // What came from elsewhere may be any number.
    guard let scaled = UInt64(exactly: (value * factor).rounded()) else { return "\(value)" }
    guard decimals > 0 else { return "\(scaled)" }
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// Exact up to seven digits, then in millions.
  static func count(_ value: UInt64) -> String {
    value < 10_000_000 ? "\(value)" : fixed(Double(value) / 1e6, decimals: 1) + "M"
  }

  /// A share of requests, never 0 when there were any.
  static func share(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    let percent = Double(part) * 100 / Double(whole)
    return part > 0 && percent < 0.01 ? "<0.01 %" : fixed(percent, decimals: 2) + " %"
  }

  /// `3 d 4 h`, `2 h 5 min`, `40 s`
  static func duration(seconds: Int) -> String {
    switch max(0, seconds) {
    case let time where time < 60: "\(time) s"
    case let time where time < 3_600: "\(time / 60) min"
    case let time where time < 86_400: "\(time / 3_600) h \(time % 3_600 / 60) min"
    case let time: "\(time / 86_400) d \(time % 86_400 / 3_600) h"
    }
  }
}
