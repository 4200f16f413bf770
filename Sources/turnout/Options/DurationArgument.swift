import ArgumentParser
import Configuration

/// How far back a comparison goes: `90s`, `15m`, `2h`, `7d`.
struct SinceTime: Equatable {
  let seconds: Int

  /// As long as windows are kept.
  static let longest = 7 * 86_400

  init(parsing text: String) throws(ValidationError) {
    guard let seconds = Self.seconds(text), (1...Self.longest).contains(seconds) else {
      throw ValidationError("it is a number with s, m, h or d, from 1s to 7d, such as 90s, 15m, 2h or 7d")
    }
    self.seconds = seconds
  }

  init(seconds: Int) { self.seconds = seconds }

  /// As the admin port takes it, which has a limit for each unit: the unit that leaves no rest, else the smallest that
  /// may have so many, rounded up.
  var text: String {
    let units = [("d", 86_400, 7), ("h", 3_600, 168), ("m", 60, 9_999), ("s", 1, 99_999)]
    let exact = units.first { seconds.isMultiple(of: $0.1) && seconds / $0.1 <= $0.2 }
    let unit = exact ?? units.last { (seconds + $0.1 - 1) / $0.1 <= $0.2 } ?? units[0]
    return "\((seconds + unit.1 - 1) / unit.1)\(unit.0)"
  }

  private static func seconds(_ text: String) -> Int? {
    // Eight digits are more than any of them needs, and never too much for an Int.
    guard let unit = text.last, (1...8).contains(text.utf8.count - 1),
      text.utf8.dropLast().allSatisfy({ $0 &- 0x30 < 10 }), let number = Int(text.dropLast()),
      let factor = ["s": 1, "m": 60, "h": 3_600, "d": 86_400][unit]
    else { return nil }
    return number * factor
  }
}
