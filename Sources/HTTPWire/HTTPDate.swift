internal import Bytes

/// The value of Date (RFC 9110 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT"), made anew at most once a second.
public struct HTTPDate: CustomStringConvertible {
  private var second = Int.min
  private var text: InlineArray<29, UInt8> = .init(repeating: 0x20)

  public init() {}

  /// Brings the text to `seconds` since 1970.
  public mutating func update(seconds: Int) {
    guard seconds != second else { return }
    second = seconds
    let day = seconds / 86_400
    let (year, month, dayOfMonth) = Self.civil(day)
    put(Self.days, at: day.advanced(by: 4) % 7, into: 0)
    text[3] = ASCII.comma
    put(dayOfMonth, into: 5)
    put(Self.months, at: month - 1, into: 8)
    put(year / 100, into: 12)
    put(year % 100, into: 14)
    put(seconds % 86_400 / 3_600, into: 17)
    text[19] = ASCII.colon
    put(seconds % 3_600 / 60, into: 20)
    text[22] = ASCII.colon
    put(seconds % 60, into: 23)
    put("GMT", at: 0, into: 26)
  }

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { unsafe text.span.bytes }
  }

  /// The same for those who write Strings.
  public var description: String {
    unsafe String(decoding: text.span.bytes.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self)
  }

  private static let days: StaticString = "SunMonTueWedThuFriSat"
  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  private mutating func put(_ names: StaticString, at index: Int, into offset: Int) {
    for position in 0..<3 { text[offset + position] = unsafe names.utf8Start[index * 3 + position] }
  }

  private mutating func put(_ number: Int, into offset: Int) {
    text[offset] = 0x30 + UInt8(truncatingIfNeeded: number / 10 % 10)
    text[offset + 1] = 0x30 + UInt8(truncatingIfNeeded: number % 10)
  }

  /// Year, month and day of a day number since 1970-01-01, by the proleptic Gregorian calendar: counted in 400-year
  /// eras of 146 097 days with years that begin in March, so that the leap day comes last.
  private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
