import ArgumentParser
import Reactor

/// A duration as an argument: a whole number with ms, s, m, h or d, such as `500ms`, `90s`, `15m`, `2h` or `7d`, or 0.
struct DurationArgument: Equatable, Sendable, CustomStringConvertible {
  var duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  /// Whole seconds.
  var seconds: Int { Int(duration.components.seconds) }

  /// In the largest unit that leaves no rest: `7d`, `90s`.
  var description: String {
    let nanoseconds = duration.nanoseconds
    let unit = Self.units.last { nanoseconds >= $0.nanoseconds && nanoseconds.isMultiple(of: $0.nanoseconds) }
    return unit.map { "\(nanoseconds / $0.nanoseconds)\($0.name)" } ?? "0s"
  }

  /// For `@Option(transform:)`: reads a duration within `range`.
  static func within(
    _ range: ClosedRange<Duration>
  ) -> @Sendable (String) throws -> DurationArgument {
    { text in
      guard let duration = parse(text), range.contains(duration) else {
        let (least, most) = (DurationArgument(range.lowerBound), DurationArgument(range.upperBound))
        let examples = ["500ms", "90s", "15m", "2h", "7d"].filter { parse($0).map(range.contains) == true }
        throw ValidationError(
          "expected a duration from \(least) to \(most), such as \(examples.dropLast().joined(separator: ", ")) or "
            + "\(examples.last ?? "\(most)")")
      }
      return DurationArgument(duration)
    }
  }

  private static let units: [(name: String, nanoseconds: UInt64)] = [
    ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
  ]

  static func parse(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = UInt64(digits), let unit = units.first(where: { $0.name == text.dropFirst(digits.count) })
    else { return nil }
    let (nanoseconds, overflow) = number.multipliedReportingOverflow(by: unit.nanoseconds)
    return overflow || nanoseconds > Int64.max ? nil : .nanoseconds(Int64(nanoseconds))
  }
}

extension DurationArgument {
  /// How far back the admin port can look: as long as windows are kept.
  static let lookback: ClosedRange<Duration> = .seconds(1) ... .seconds(7 * 86_400)

  /// As the admin port takes it, which limits the number for each unit: the unit that leaves no rest, else the smallest
  /// that can hold the number, rounded up.
  var lookbackText: String {
    let units = [("d", 86_400, 7), ("h", 3_600, 168), ("m", 60, 9_999), ("s", 1, 99_999)]
    let exact = units.first { seconds.isMultiple(of: $0.1) && seconds / $0.1 <= $0.2 }
    let unit = exact ?? units.last { (seconds + $0.1 - 1) / $0.1 <= $0.2 } ?? units[0]
    return "\((seconds + unit.1 - 1) / unit.1)\(unit.0)"
  }
}
