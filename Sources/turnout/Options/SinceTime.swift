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

  private static func seconds(_ text: String) -> Int? {
    // Eight digits are more than any of them needs, and never too much for an Int.
    guard let unit = text.last, (1...8).contains(text.utf8.count - 1),
      text.utf8.dropLast().allSatisfy({ $0 &- 0x30 < 10 }), let number = Int(text.dropLast()),
      let factor = ["s": 1, "m": 60, "h": 3_600, "d": 86_400][unit]
    else { return nil }
    return number * factor
  }
}
