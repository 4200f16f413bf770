package import Flags
import YAML

extension Decimal {
  /// The leading digits of `text`, and the rest without the spaces between.
  static func split(_ text: String) -> (number: UInt64, unit: String)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = parse(digits) else { return nil }
    return (number, String(text[digits.endIndex...].drop { $0 == " " }))
  }
}

/// A number with one of several units.
private func quantity(_ text: String, _ units: [(name: String, factor: UInt64)]) -> UInt64? {
  guard let (number, name) = Decimal.split(text), let unit = units.first(where: { $0.name == name }) else { return nil }
  let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
  return overflow ? nil : product
}

/// In the largest unit that divides the value.
private func inUnits(_ value: UInt64, _ units: [(name: String, factor: UInt64)]) -> String {
  let unit = units.last { value.isMultiple(of: $0.factor) && value >= $0.factor }
  return unit.map { "\(value / $0.factor)\($0.name)" } ?? "\(value)"
}

/// Durations in nanoseconds, written with their unit: `500ms`, `10s`, `5m`, `1h`.
package enum DurationText {
  private static let units: [(name: String, factor: UInt64)] = [
    ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  package static func parse(_ text: String) -> UInt64? { quantity(text, units) }

  package static func text(_ nanoseconds: UInt64) -> String { inUnits(nanoseconds, units) }
}

/// Percentages from 0 to 100 with up to three decimals, with or without the sign.
package enum PercentageText {
  package static func parse(_ text: String) -> Percentage? {
    // Not through Double, which accepts 1e1, 0x10, nan and 99.9999999999999999.
    let number = text.hasSuffix("%") ? text.dropLast() : text[...]
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? parts[1] : "0"
    guard parts.count <= 2, (1...3).contains(decimals.utf8.count), (1...3).contains(parts[0].utf8.count),
      let whole = Decimal.parse(parts[0]), let digits = Decimal.parse(decimals)
    else { return nil }
    let factors = [100, 10, 1]
    return Percentage(threshold: Int(whole) * 1_000 + Int(digits) * factors[decimals.utf8.count - 1])
  }
}

/// Sizes in bytes, KiB, MiB or GiB.
package enum SizeText {
  private static let units: [(name: String, factor: UInt64)] = [
    ("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
  ]

  static func parse(_ text: String) -> UInt64? { quantity(text, units) }

  package static func text(_ bytes: some BinaryInteger) -> String {
    let text = inUnits(UInt64(clamping: bytes), units)
    let number = text.prefix { $0.isNumber }
    let unit = text.dropFirst(number.count)
    return unit.isEmpty ? "\(number) bytes" : "\(number) \(unit)"
  }
}

extension Scalar where Value == UInt64 {
  static func duration(_ range: ClosedRange<UInt64>) -> Scalar {
    let (low, high) = (DurationText.text(range.lowerBound), DurationText.text(range.upperBound))
    return Scalar(
      "a duration from \(low) to \(high) with its unit, such as 500ms, 10s, 5m or 1h",
      hint: { Decimal.parse($0) == nil ? nil : "the unit is missing" },
      parse: { DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil } })
  }

  static func size(_ range: ClosedRange<UInt64>) -> Scalar {
    let (low, high) = (SizeText.text(range.lowerBound), SizeText.text(range.upperBound))
    return Scalar(
      "a size from \(low) to \(high), such as 65536, 64KiB, 1MiB or 1GiB", hint: { unknownSizeUnit($0) },
      parse: { SizeText.parse($0).flatMap { range.contains($0) ? $0 : nil } })
  }

  /// A size, or `none` (which is 0).
  static func sizeOrNone(_ range: ClosedRange<UInt64>) -> Scalar {
    let some = size(range)
    return Scalar(
      "none or \(some.expected)", hint: some.hint, parse: { $0 == "none" || $0 == "0" ? 0 : some.parse($0) })
  }
}

extension Scalar where Value == UInt64? {
  /// A duration, or `never` (which is nil).
  static func durationOrNever(_ range: ClosedRange<UInt64>) -> Scalar {
    let some = Scalar<UInt64>.duration(range)
    return Scalar(
      "never or \(some.expected)", hint: some.hint,
      parse: { $0 == "never" ? .some(nil) : some.parse($0).map { .some($0) } })
  }
}

/// KB means 1000 bytes to some and 1024 to others.
private func unknownSizeUnit(_ text: String) -> String? {
  guard let unit = Decimal.split(text)?.unit.uppercased() else { return nil }
  let names = ["K": "KiB", "KB": "KiB", "M": "MiB", "MB": "MiB", "G": "GiB", "GB": "GiB"]
  return names[unit].map { "write \($0)" }
}
