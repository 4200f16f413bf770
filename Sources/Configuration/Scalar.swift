/// How one type of value is written, in a file and on the command line alike: what is expected, how it is parsed and, for
/// common mistakes, why it was not accepted.
struct Scalar<Value: Sendable>: Sendable {
  /// Completes "expected ...".
  let expected: String
  let parse: @Sendable (String) -> Value?
  let hint: @Sendable (String) -> String?
  /// The part of a wrong text that a message may show.
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
  /// In quotes, without control characters, cut to a line.
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

/// The range of each number. The lower bounds are what a proxy needs to work, the upper ones more than any installation
/// needs: they catch a wrong unit.
package enum Ranges {
  package static let workers = 1...256
  package static let timeout: ClosedRange<UInt64> = 1_000_000...86_400_000_000_000
  package static let storeLoss: ClosedRange<UInt64> = 1_000_000_000...86_400_000_000_000
  /// With a million keys, counting more often would run nearly all the time.
  package static let contextCount: ClosedRange<UInt64> = 10_000_000_000...86_400_000_000_000
  package static let latencyMargin: ClosedRange<UInt64> = 1_000_000...3_600_000_000_000
  package static let minimumRequests = 20...1_000_000_000
  package static let listeners = 16
  package static let adminHosts = 16
  package static let servers = 64
  package static let routes = 256
  package static let flags = 32
  package static let userKeySources = 8
  /// At least about twenty of the longest records.
  package static let accessLogBuffer: ClosedRange<UInt64> = 65_536...1_073_741_824
  /// A buffer holds a whole head, what the proxy adds to it, and part of the body.
  package static let bufferBeyondHead = 8_192
}
