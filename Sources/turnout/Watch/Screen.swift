/// The contents of the terminal, so that only changed lines are sent: over a slow connection, output is what takes time.
struct ScreenBuffer {
  let hasColour: Bool
  private var shown: [StyledLine] = []
  private var size: ScreenSize?

  init(hasColour: Bool) { self.hasColour = hasColour }

  /// Makes the next update draw everything, because the contents of the terminal are unknown.
  mutating func invalidate() { size = nil }

  /// The bytes that make the terminal show `lines`, at most `size.rows` of them.
  mutating func update(_ lines: [StyledLine], size new: ScreenSize) -> String {
    let isNew = size != new
    var output = isNew ? TerminalCode.clear : ""
    let blank = isNew ? [] : shown
    let rows = min(new.rows, max(lines.count, blank.count))
    for number in 0..<rows {
      let line = number < lines.count ? lines[number] : StyledLine()
      let old = number < blank.count ? blank[number] : StyledLine()
      guard line != old else { continue }
      output += TerminalCode.line(number) + text(line.cut(to: new.columns))
      if line.count < old.count { output += TerminalCode.eraseToEndOfLine }
    }
    (shown, size) = (Array(lines.prefix(new.rows)), new)
    return output
  }

  private func text(_ line: StyledLine) -> String {
    guard hasColour else { return line.text }
    return line.parts.map { part in
      TerminalCode.begin(part.tone).map { $0 + part.text + TerminalCode.plain } ?? part.text
    }.joined()
  }
}

struct ScreenSize: Equatable, Sendable {
  var columns: Int
  var rows: Int
}

/// The escape sequences that are sent to a terminal: those of ECMA-48, and of DEC's private modes, that all current
/// terminals support.
enum TerminalCode {
  /// Switches to the alternate screen, clears it, hides the cursor and turns line wrapping off.
  static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[0m\u{1B}[2J\u{1B}[H"
  /// Restores the previous screen. Harmless without `enter`.
  static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
  static let clear = "\u{1B}[0m\u{1B}[2J"
  static let eraseToEndOfLine = "\u{1B}[K"
  static let plain = "\u{1B}[0m"

  /// Moves to the start of a line; the first one is 0.
  static func line(_ number: Int) -> String { "\u{1B}[\(number + 1);1H" }

  /// One of the eight basic colours, which users can adjust; nil for plain text.
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

/// The meaning of a piece of text, for terminals with colour. The words always say the same.
enum Tone: Equatable {
  case plain
  case faint
  case strong
  case good
  case bad
  case warning
  /// The cohorts in charts.
  case legacy
  case unified
}

/// A line in which each part has a tone.
struct StyledLine: Equatable {
  struct Part: Equatable {
    var text: String
    var tone: Tone
  }

  private(set) var parts: [Part]

  init(_ text: String = "", _ tone: Tone = .plain) { parts = text.isEmpty ? [] : [Part(text: text, tone: tone)] }

  /// Without the tones.
  var text: String { parts.map(\.text).joined() }
  var count: Int { parts.reduce(0) { $0 + $1.text.count } }

  mutating func append(_ text: String, _ tone: Tone = .plain) {
    if !text.isEmpty { parts.append(Part(text: text, tone: tone)) }
  }

  mutating func append(_ other: StyledLine) { parts += other.parts }

  /// At most `width` characters; the last one is ~ if the line was cut.
  func cut(to width: Int) -> StyledLine {
    guard count > width else { return self }
    var (line, rest) = (StyledLine(), width - 1)
    for part in parts where rest > 0 {
      line.append(String(part.text.prefix(rest)), part.tone)
      rest -= part.text.count
    }
    line.append(width > 0 ? "~" : "")
    return line
  }
}
