/// Numbers as people read them.
enum Figure {
  /// With so many decimals at most.
  static func decimal(_ value: Double, places: Int) -> String {
    let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
    let rounded = (value * unit).rounded()
    guard rounded.isFinite, abs(rounded) < 1e15 else { return "\(value)" }
    let (whole, rest) = Int(abs(rounded)).quotientAndRemainder(dividingBy: Int(unit))
    var digits = places == 0 ? "" : String(String(Int(unit) + rest).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return (rounded < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : ".\(digits)")
  }

  /// Of a share from 0 to 1.
  static func percent(_ share: Double) -> String { decimal(share * 100, places: share < 0.1 ? 2 : 1) }

  /// "1 240": in groups of three.
  static func grouped(_ number: UInt64) -> String {
    var digits = Substring("\(number)")
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return ([digits] + groups).joined(separator: " ")
  }

  /// "40 s", "25 min", "7 h", "12 days": at most an hour's error in a day, which is more than such an estimate is good for.
  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<90: "\(Int(max(1, seconds.rounded()))) s"
    case ..<5_400: "\(Int((seconds / 60).rounded())) min"
    case ..<172_800: "\(Int((seconds / 3_600).rounded())) h"
    case ..<31_536_000: "\(Int((seconds / 86_400).rounded())) days"
    default: "more than a year"
    }
  }
}
