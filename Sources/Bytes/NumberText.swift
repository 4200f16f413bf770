internal import Glibc

/// Numbers, sizes and durations for people, the same everywhere: `123,456`, `5.1 ms`, `12.3 %`, `1.2 MiB`, `3 h 5 min`.
/// ASCII only, thousands grouped by commas, no more digits than are significant; `-` where there is no value.
public enum NumberText {
  /// `1,234,567`; from 10^9 on in millions and more, `1,234.6 M`, so that no count has more than eleven characters.
  public static func count(_ value: some BinaryInteger) -> String {
    guard value >= 0 else { return "-" + count(UInt64(clamping: value.magnitude)) }
    guard value >= 1_000_000_000 else { return grouped("\(value)") }
    var (scaled, units) = (Double(value) / 1e6, ["M", "G", "T", "P"][...])
    // 99,999.96 would become 100,000.0.
    while scaled >= 99_999.95, units.count > 1 { (scaled, units) = (scaled / 1e3, units.dropFirst()) }
    return "\(fixed(scaled, 1)) \(units.first ?? "")"
  }

  /// A count that was estimated from a sample: `~9,010`, with the three digits that the sample is good for.
  public static func estimate(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e18 else { return "-" }
    let step = pow(10, max(0, floor(log10(max(value, 1))) - 2))
    return "~" + count(UInt64((value / step).rounded() * step))
  }

  /// A share of 0 ... 1 as percent. What is not all is never shown as 100 %, what is not nothing never as 0 %.
  public static func percent(_ share: Double?, decimals: Int) -> String {
    guard let share, share.isFinite else { return "-" }
    let (text, smallest) = (fixed(share * 100, decimals), 1 / pow(10, Double(decimals)))
    if share > 0, share * 100 < smallest / 2 { return "<\(fixed(smallest, decimals)) %" }
    if share < 1, text == fixed(100, decimals) { return ">\(fixed(100 - smallest, decimals)) %" }
    return text + " %"
  }

  /// Three digits that count, in milliseconds up to 10^6 and then in seconds: `0.046 ms`, `8.44 ms`, `45.2 ms`,
  /// `1,200 s`.
  public static func milliseconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    guard abs(value) >= 1e6 else { return "\(fixed(value, decimals(forThree: value))) ms" }
    return "\(fixed(value / 1e3, 0)) s"
  }

  /// How many decimals leave three digits that count.
  public static func decimals(forThree value: Double) -> Int {
    switch abs(value) {
    case ..<0.0995: 3
    case ..<9.995: 2
    case ..<99.95: 1
    default: 0
    }
  }

  /// How many decimals show the first two digits of `value`, such as the half width of an interval.
  public static func decimals(forTwo value: Double, atMost limit: Int) -> Int {
    guard value.isFinite, value > 0 else { return limit }
    return max(0, min(limit, 1 - Int(max(-300, floor(log10(value))))))
  }

  /// `+0.42`, `-3`, `0.00`
  public static func signed(_ value: Double, _ decimals: Int) -> String {
    let text = fixed(abs(value), decimals)
    guard text.contains(where: { ("1"..."9").contains($0) }) else { return text }
    return (value < 0 ? "-" : "+") + text
  }

  /// Grouped, with exactly so many decimals; powers of ten where there is no other way, `1e+20`.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard abs(value) < 1e15 else { return value.isFinite ? "\(value)" : "-" }
    let parts = digits(abs(value), decimals).split(separator: ".")
    let text = ([grouped(parts[0])] + parts.dropFirst().map(String.init)).joined(separator: ".")
    return value < 0 && text.contains { ("1"..."9").contains($0) } ? "-" + text : text
  }

  /// `12.5`: with at most so many decimals.
  public static func decimal(_ value: Double, atMost decimals: Int) -> String {
    var text = fixed(value, decimals)[...]
    guard text.contains("."), !text.contains("e") else { return String(text) }
    while text.hasSuffix("0") { text.removeLast() }
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }

  /// `512 B`, `1.2 MiB`
  public static func bytes(_ count: some BinaryInteger) -> String {
    guard count.magnitude >= 1_024 else { return "\(count) B" }
    var (value, units) = (Double(count) / 1_024, ["KiB", "MiB", "GiB", "TiB"][...])
    while abs(value) >= 1_023.95, units.count > 1 { (value, units) = (value / 1_024, units.dropFirst()) }
    return "\(fixed(value, 1)) \(units.first ?? "")"
  }

  /// How long something took: `12 ms`, `3.1 s`
  public static func elapsed(nanoseconds: UInt64) -> String {
    nanoseconds < 1_000_000_000
      ? "\((nanoseconds + 500_000) / 1_000_000) ms" : "\(fixed(Double(nanoseconds) / 1e9, 1)) s"
  }

  /// `3 d 4 h`, `2 h 5 min`, `40 s`
  public static func duration(seconds: Int) -> String {
    switch max(0, seconds) {
    case let time where time < 60: "\(time) s"
    case let time where time < 3_600: "\(time / 60) min"
    case let time where time < 86_400: "\(time / 3_600) h \(time % 3_600 / 60) min"
    case let time: "\(time / 86_400) d \(time % 86_400 / 3_600) h"
    }
  }

  private static func digits(_ value: Double, _ decimals: Int) -> String {
    guard let scaled = UInt64(exactly: (value * pow(10, Double(decimals))).rounded()) else { return "\(value)" }
    guard decimals > 0 else { return "\(scaled)" }
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  private static func grouped(_ digits: some StringProtocol) -> String {
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A duration to come, in one unit: `about 40 s`, `about 3 h`, `about 12 days`.
  public static func about(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 315_576_000 else { return "more than 10 years" }
    switch max(1, seconds.rounded(.up)) {
    case let time where time <= 120: return "about \(fixed(time, 0)) s"
    case let time where time <= 7_200: return "about \(fixed(time / 60, 0)) min"
    case let time where time <= 172_800: return "about \(fixed(time / 3_600, 0)) h"
    case let time: return "about \(fixed(time / 86_400, 0)) days"
    }
  }
}
