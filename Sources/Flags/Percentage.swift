/// A share of the users, from 0 % to 100 % in steps of 0.001 %.
///
/// It is kept as a whole number, the threshold, because buckets are whole numbers: no rounding stands between what the
/// operator wrote and who is in.
public struct Percentage: Sendable, Hashable, Comparable {
  /// The percentage x 1000, 0 to 100 000: how many of the buckets are in.
  public let threshold: Int

  /// Buckets, and so the threshold of 100 %.
  public static var bucketCount: Int { @_noLocks @inline(__always) get { 100_000 } }

  public static let zero = Percentage(unchecked: 0)
  public static let full = Percentage(unchecked: bucketCount)

  private init(unchecked threshold: Int) { self.threshold = threshold }

  /// Nil outside 0 to 100 000.
  public init?(threshold: Int) {
    guard (0...Self.bucketCount).contains(threshold) else { return nil }
    self.init(unchecked: threshold)
  }

  /// A number from 0 to 100 with at most three decimals.
  public init(_ number: Double) throws(PercentageError) {
    guard number.isFinite else { throw .notFinite }
    guard number >= 0, number <= 100 else { throw .outOfRange(number) }
    let thousandths = (number * 1_000).rounded()
    // The division is correctly rounded, so it gives back the very number that a decimal of three places is read as.
    guard thousandths / 1_000 == number else { throw .tooManyDecimals(number) }
    self.init(unchecked: Int(thousandths))
  }

  /// 0 to 100, for JSON and metrics; with three decimals it is read back as the very same percentage.
  public var number: Double { Double(threshold) / 1_000 }

  public static func < (left: Percentage, right: Percentage) -> Bool { left.threshold < right.threshold }
}

extension Percentage: CustomStringConvertible {
  /// The shortest decimal, without a percent sign: "10", "12.5", "0.001".
  public var description: String { threshold.decimal(places: 3) }
}

extension Int {
  /// The shortest decimal of this number, which is not negative, divided by 10 to the power of `places`.
  func decimal(places: Int) -> String {
    let unit = (0..<places).reduce(1) { unit, _ in unit * 10 }
    guard self % unit > 0 else { return "\(self / unit)" }
    var digits = String(String(unit + self % unit).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(self / unit).\(digits)"
  }
}

/// Why a number is no percentage.
public enum PercentageError: Error, Equatable, Sendable, CustomStringConvertible {
  case notFinite
  case outOfRange(Double)
  case tooManyDecimals(Double)

  public var description: String {
    switch self {
    case .notFinite: "not a finite number; a percentage is a number from 0 to 100"
    case .outOfRange(let number): "\(number) is not a percentage from 0 to 100"
    case .tooManyDecimals(let number): "\(number) has more than three decimals; the smallest step is 0.001"
    }
  }
}
