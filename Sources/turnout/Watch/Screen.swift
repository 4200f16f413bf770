/// What stands on the terminal, so that only lines that changed are sent: over a slow line that is what one waits for.
struct Screen {
  let hasColour: Bool
  private var shown: [StyledLine] = []
  private var size: ScreenSize?

  init(hasColour: Bool) { self.hasColour = hasColour }

  /// Nothing is known of what is on the terminal; the next frame is drawn as a whole.
  mutating func forget() { size = nil }

  /// What to send, so that `lines` stand there. They are at most `size.rows`.
  mutating func update(_ lines: [StyledLine], size new: ScreenSize) -> String {
    let isNew = size != new
    var output = isNew ? Escape.clear : ""
    let blank = isNew ? [] : shown
    let rows = min(new.rows, max(lines.count, blank.count))
    for number in 0..<rows {
      let line = number < lines.count ? lines[number] : StyledLine()
      let old = number < blank.count ? blank[number] : StyledLine()
      guard line != old else { continue }
      output += Escape.line(number) + text(line.cut(to: new.columns))
      if line.count < old.count { output += Escape.eraseToEndOfLine }
    }
    (shown, size) = (Array(lines.prefix(new.rows)), new)
    return output
  }

  private func text(_ line: StyledLine) -> String {
    guard hasColour else { return line.text }
    return line.parts.map { part in
      Escape.begin(part.tone).map { $0 + part.text + Escape.plain } ?? part.text
    }.joined()
  }
}

struct ScreenSize: Equatable, Sendable {
  var columns: Int
  var rows: Int
}

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

/// What a piece of text means, for terminals with colour. It is never the only sign: the words say the same.
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

/// A line of which each part has a tone.
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

  /// At most so many characters, the last one ~ where something is missing.
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
