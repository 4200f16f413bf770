/// Numbers for people.
package enum Amount {
  /// `512 B`, `1.2 MiB`
  package static func bytes(_ count: Int) -> String {
    guard abs(count) >= 1_024 else { return "\(count) B" }
    var (value, unit) = (Double(count) / 1_024, 0)
    let units = ["KiB", "MiB", "GiB", "TiB"]
    while abs(value) >= 1_023.95, unit < units.count - 1 {
      value /= 1_024
      unit += 1
    }
    return "\(fixed(value, 1)) \(units[unit])"
  }

  /// With so many digits behind the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "-" }
    var factor = 1.0
    for _ in 0..<digits { factor *= 10 }
    let scaled = (abs(value) * factor).rounded()
    let text = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return sign + padded.dropLast(digits) + (digits > 0 ? "." + padded.suffix(digits) : "")
  }

  /// `100 000`
  package static func count(_ value: Int) -> String {
    let digits = Array(String(abs(value)))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += " " }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// `3.1 s`, `12 ms`
  package static func time(nanoseconds: UInt64) -> String {
    nanoseconds < 1_000_000_000
      ? "\((nanoseconds + 500_000) / 1_000_000) ms" : "\(fixed(Double(nanoseconds) / 1e9, 1)) s"
  }
}
