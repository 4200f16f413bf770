/// All that is sent to a terminal beside text: the sequences of ECMA-48 and of DEC's private modes that every terminal
/// of today obeys.
enum Escape {
  /// To the alternate screen, which is cleared; no cursor, and no line that goes on in the next one.
  static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[0m\u{1B}[2J\u{1B}[H"
  /// Back to what was there before. Harmless where nothing was entered.
  static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
  static let clear = "\u{1B}[0m\u{1B}[2J"
  static let eraseToEndOfLine = "\u{1B}[K"
  static let plain = "\u{1B}[0m"

  /// To the beginning of a line; the first one is 0.
  static func line(_ number: Int) -> String { "\u{1B}[\(number + 1);1H" }

  /// Colours of the basic eight, which people have set so that they can read them. Nil: none.
  static func begin(_ tone: Tone) -> String? {
    switch tone {
    case .plain: nil
    case .faint: "\u{1B}[2m"
    case .strong: "\u{1B}[1m"
    case .good: "\u{1B}[32m"
    case .bad: "\u{1B}[1;31m"
    case .warning: "\u{1B}[33m"
    case .legacy: "\u{1B}[34m"
    case .unified: "\u{1B}[36m"
    }
  }
}
