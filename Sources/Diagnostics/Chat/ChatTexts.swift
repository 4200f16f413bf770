/// Messages that can be told from all others.
enum ChatTexts {
  /// Eight hexadecimal digits, another for every run.
  static func tag() -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  static func text(_ test: String, _ number: Int, of count: Int, _ tag: String) -> String {
    "turnout \(test) test, message \(number) of \(count), \(tag)"
  }
}
