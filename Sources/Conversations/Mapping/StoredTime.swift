internal import Bytes

/// An instant as an application stores it, 1970 to 9999, to the nanosecond. RFC 3339 is read strictly; finer fractions are cut.
package struct StoredTime: Sendable, Hashable, Comparable {
  /// Since 1970.
  package var seconds: Int
  /// 0 to 999,999,999.
  package var nanoseconds: Int

  /// Since 1970, rounded down.
  package var milliseconds: Int { seconds * 1_000 + nanoseconds / 1_000_000 }

  package init(milliseconds: Int) {
    seconds = milliseconds / 1_000
    nanoseconds = milliseconds % 1_000 * 1_000_000
  }

  private init(seconds: Int, nanoseconds: Int) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  package static func < (one: StoredTime, other: StoredTime) -> Bool {
    (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
  }

  /// 9999-12-31T23:59:59Z
  private static let limit = 253_402_300_799

  /// Why a text is no time.
  package enum ParseError: Error, Equatable, CustomStringConvertible {
    case notRFC3339, notNumber
    case outside(String)
    case beforeOrAfter
    case tooLarge(TimeFormat)

    package var description: String {
      switch self {
      case .notRFC3339: "no time in RFC 3339, such as 2026-03-01T09:00:00+00:00"
      case .notNumber: "no number of digits"
      case .outside(let what): "no time: its \(what) does not exist"
      case .beforeOrAfter: "not within 1970 and 9999"
      case .tooLarge(let format):
        format == .seconds ? "after the year 9999; are these milliseconds?" : "after the year 9999"
      }
    }
  }

  /// - Parameter text: the decoded text of RFC 3339, or the digits of a number.
  package init(_ text: [UInt8], _ format: TimeFormat) throws(ParseError) {
    switch format {
    case .rfc3339: try self.init(rfc3339: text)
    case .seconds: try self.init(decimal: text, .seconds)
    case .milliseconds: try self.init(decimal: text, .milliseconds)
    }
  }

  // MARK: Numbers

  /// `1772355790` or `1772355790.25`.
  private init(decimal text: [UInt8], _ format: TimeFormat) throws(ParseError) {
    let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
    guard point > 0, text[..<point].allSatisfy(ASCII.isDigit) else { throw .notNumber }
    let perSecond = format == .seconds ? 1 : 1_000
    // Sixteen digits are beyond the limit in either unit, and far below what an Int holds.
    let whole = text[..<point].drop { $0 == UInt8(ascii: "0") }
    let units = whole.prefix(16).reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard units <= Self.limit * perSecond + perSecond - 1 else { throw .tooLarge(format) }
    var nanoseconds = units % perSecond * 1_000_000
    if point < text.count {
      guard let fraction = Self.fraction(text[(point + 1)...]) else { throw .notNumber }
      nanoseconds += fraction / perSecond
    }
    self.init(seconds: units / perSecond, nanoseconds: nanoseconds)
  }

  /// The nanoseconds that digits after the point mean; nil for anything but digits.
  private static func fraction(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
    var (value, unit) = (0, 100_000_000)
    for digit in digits.prefix(9) {
      value += Int(digit - 0x30) * unit
      unit /= 10
    }
    return value
  }

  // MARK: RFC 3339

  private init(rfc3339 text: [UInt8]) throws(ParseError) {
    // 2026-03-01T09:00:00Z
    guard text.count >= 20, text[4] == ASCII.hyphen, text[7] == ASCII.hyphen, text[10] | 0x20 == UInt8(ascii: "t"),
      text[13] == ASCII.colon, text[16] == ASCII.colon, let century = Self.two(text, 0), let rest = Self.two(text, 2),
      let month = Self.two(text, 5), let day = Self.two(text, 8), let hour = Self.two(text, 11),
      let minute = Self.two(text, 14), let second = Self.two(text, 17)
    else { throw .notRFC3339 }
    let year = century * 100 + rest
    var (zone, nanoseconds) = (19, 0)
    if text[19] == UInt8(ascii: ".") {
      zone = text[20...].firstIndex { !ASCII.isDigit($0) } ?? text.count
      guard let fraction = Self.fraction(text[20..<zone]) else { throw .notRFC3339 }
      nanoseconds = fraction
    }
    let offset = try Self.offset(text[zone...])
    guard (1_970...9_999).contains(year) else { throw .beforeOrAfter }
    guard (1...12).contains(month) else { throw .outside("month \(month)") }
    guard (1...Self.days(in: month, year)).contains(day) else { throw .outside("day \(day)") }
    guard hour < 24 else { throw .outside("hour \(hour)") }
    guard minute < 60 else { throw .outside("minute \(minute)") }
    // A leap second (RFC 3339, section 5.7) counts as the second after it.
    guard second <= 60 else { throw .outside("second \(second)") }
    let seconds = Self.day(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
    guard (0...Self.limit).contains(seconds) else { throw .beforeOrAfter }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  /// `Z` or `+01:00`, in seconds.
  private static func offset(_ text: ArraySlice<UInt8>) throws(ParseError) -> Int {
    let zone = Array(text)
    if zone.count == 1, zone[0] | 0x20 == UInt8(ascii: "z") { return 0 }
    guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == ASCII.hyphen, zone[3] == ASCII.colon,
      let hours = two(zone, 1), let minutes = two(zone, 4)
    else { throw .notRFC3339 }
    guard hours < 24, minutes < 60 else { throw .outside("offset of \(hours) hours and \(minutes) minutes") }
    return (hours * 3_600 + minutes * 60) * (zone[0] == ASCII.hyphen ? -1 : 1)
  }

  /// The number of two digits.
  private static func two(_ text: [UInt8], _ index: Int) -> Int? {
    guard ASCII.isDigit(text[index]), ASCII.isDigit(text[index + 1]) else { return nil }
    return Int(text[index] - 0x30) * 10 + Int(text[index + 1] - 0x30)
  }

  private static func days(in month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970, by the proleptic Gregorian calendar: the inverse of `CivilTime`.
  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let yearOfEra = year % 400
    return year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  // MARK: Written

  /// As a JSON value. RFC 3339 has whole seconds where there is no fraction; numbers are rounded down.
  ///
  /// - Parameter precision: what is written of a fraction in RFC 3339 is what this format can say.
  package func json(_ format: TimeFormat, precision: TimeFormat = .rfc3339) -> [UInt8] {
    switch format {
    case .seconds: return Array(String(seconds).utf8)
    case .milliseconds: return Array(String(milliseconds).utf8)
    case .rfc3339:
      let time = CivilTime(seconds: seconds)
      var bytes: [UInt8] = [UInt8(ascii: "\"")]
      bytes.reserveCapacity(38)
      func append(_ number: Int, _ digits: Int, _ before: String = "") {
        let text = String(number)
        bytes += before.utf8
        bytes += repeatElement(UInt8(ascii: "0"), count: max(0, digits - text.utf8.count))
        bytes += text.utf8
      }
      append(time.year, 4)
      append(time.month, 2, "-")
      append(time.day, 2, "-")
      append(time.hour, 2, "T")
      append(time.minute, 2, ":")
      append(time.second, 2, ":")
      let nanoseconds =
        switch precision {
        case .seconds: 0
        case .milliseconds: nanoseconds / 1_000_000 * 1_000_000
        case .rfc3339: nanoseconds
        }
      if nanoseconds > 0 {
        append(nanoseconds, 9, ".")
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
      }
      return bytes + Array("+00:00\"".utf8)
    }
  }
}
