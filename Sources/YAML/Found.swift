/// What was found, in words.
package enum Found {
  /// In quotes, without control characters, cut to a line.
  package static func quoted(_ text: String) -> String {
    guard !text.isEmpty else { return "nothing" }
    var result = ""
    for scalar in text.unicodeScalars.prefix(80) {
      switch scalar {
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result += isPrintable(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return "\"\(result)\(text.unicodeScalars.count > 80 ? "..." : "")\""
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// `a, b or c`
  package static func list(_ words: [String]) -> String {
    guard words.count > 1, let end = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or \(end)"
  }
}
