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
    let time = CivilTime(seconds: seconds)
    put(Self.days, at: time.weekday, into: 0)
    text[3] = ASCII.comma
    put(time.day, into: 5)
    put(Self.months, at: time.month - 1, into: 8)
    put(time.year / 100, into: 12)
    put(time.year % 100, into: 14)
    put(time.hour, into: 17)
    text[19] = ASCII.colon
    put(time.minute, into: 20)
    text[22] = ASCII.colon
    put(time.second, into: 23)
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
}
