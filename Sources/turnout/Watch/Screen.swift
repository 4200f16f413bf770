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
