/// Text in columns. Widths count characters.
enum Column {
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// At most `width` characters; longer text ends in `...`.
  static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 3)) + "..."
  }

  /// Lines of at most `width` characters, broken at spaces; a longer word is broken within.
  static func wrapped(_ text: String, _ width: Int) -> [String] {
    let width = max(1, width)
    var (lines, line): ([String], Substring) = ([], "")
    for word in text.split(separator: " ") {
      var word = word
      if !line.isEmpty, line.count + 1 + word.count <= width {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(String(line)) }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      line = word
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// The same, with the lines after the first indented.
  static func wrapped(_ text: String, _ width: Int, indent: Int) -> [String] {
    let lines = wrapped(text, width - indent)
    let margin = String(repeating: " ", count: indent)
    return lines.prefix(1) + lines.dropFirst().map { margin + $0 }
  }

  static func trimmedEnd(_ text: String) -> String { String(text.reversed().drop { $0 == " " }.reversed()) }
}
