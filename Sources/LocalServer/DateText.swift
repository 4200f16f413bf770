internal import Glibc

/// The value of Date (RFC 9110 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT"), made anew at most once a second.
struct DateText {
  private var second = Int.min
  private(set) var text = ""

  /// Brings the text to `seconds` since 1970.
  mutating func update(seconds: Int) {
    guard seconds != second else { return }
    second = seconds
    text = Self.format(seconds)
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private static func format(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = unsafe tm()
    _ = unsafe gmtime_r(&time, &parts)
    let (weekday, month) = unsafe (Int(parts.tm_wday), Int(parts.tm_mon))
    let date = unsafe "\(two(parts.tm_mday)) \(months[month]) \(Int(parts.tm_year) + 1900)"
    let clock = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    return "\(days[weekday]), \(date) \(clock) GMT"
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
