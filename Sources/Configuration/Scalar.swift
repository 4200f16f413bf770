/// How one kind of value is written, in a file and on the command line alike: what is expected, how it is read and,
/// for some mistakes, why it was not accepted.
struct Scalar<Value: Sendable>: Sendable {
  /// Completes "expected ...".
  let expected: String
  let parse: @Sendable (String) -> Value?
  let hint: @Sendable (String) -> String?
  /// What a message may show of a text that is wrong.
  let shown: @Sendable (String) -> String

  init(
    _ expected: String, hint: @escaping @Sendable (String) -> String? = { _ in nil },
    shown: @escaping @Sendable (String) -> String = { $0 }, parse: @escaping @Sendable (String) -> Value?
  ) {
    self.expected = expected
    self.hint = hint
    self.shown = shown
    self.parse = parse
  }

  /// `found "x", expected y` and, where there is one, the hint.
  func mismatch(_ text: String) -> String {
    let reason = hint(text).map { "; \($0)" } ?? ""
    return "found \(Found.quoted(shown(text))), expected \(expected)\(reason)"
  }
}

/// What was found, in words.
enum Found {
  /// In quotes, without anything that could disturb a terminal, and not longer than a line.
  static func quoted(_ text: String) -> String {
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
}

extension Scalar where Value == Bool {
  static var boolean: Scalar {
    Scalar("true or false") { ["true": true, "false": false][$0] }
  }
}

extension Scalar where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static var choice: Scalar {
    let words = Value.allCases.map(\.rawValue)
    return Scalar(list(words, joinedBy: "or"), parse: { Value(rawValue: $0) })
  }
}

extension Scalar where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> Scalar {
    Scalar("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Decimal.parse(text).flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  static var workers: Scalar {
    let number = integer(Ranges.workers)
    return Scalar("auto or \(number.expected)") { $0 == "auto" ? Processors.available : number.parse($0) }
  }
}

/// `a, b or c`
func list(_ words: [String], joinedBy last: String) -> String {
  guard words.count > 1, let end = words.last else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " \(last) \(end)"
}
