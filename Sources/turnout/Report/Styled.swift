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
