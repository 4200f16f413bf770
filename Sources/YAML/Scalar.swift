/// How one type of value is written, in a file and on the command line alike: what is expected, how it is parsed and, for
/// common mistakes, why it was not accepted.
package struct Scalar<Value: Sendable>: Sendable {
  /// Completes "expected ...".
  package let expected: String
  package let parse: @Sendable (String) -> Value?
  package let hint: @Sendable (String) -> String?
  /// The part of a wrong text that a message may show.
  package let shown: @Sendable (String) -> String

  package init(
    _ expected: String, hint: @escaping @Sendable (String) -> String? = { _ in nil },
    shown: @escaping @Sendable (String) -> String = { $0 }, parse: @escaping @Sendable (String) -> Value?
  ) {
    self.expected = expected
    self.hint = hint
    self.shown = shown
    self.parse = parse
  }

  /// `found "x", expected y` and, where there is one, the hint.
  package func mismatch(_ text: String) -> String {
    let reason = hint(text).map { "; \($0)" } ?? ""
    return "found \(Found.quoted(shown(text))), expected \(expected)\(reason)"
  }
}

extension Scalar where Value == Bool {
  package static var boolean: Scalar {
    Scalar("true or false") { ["true": true, "false": false][$0] }
  }
}

extension Scalar where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enumeration.
  package static var choice: Scalar {
    let words = Value.allCases.map(\.rawValue)
    return Scalar(Found.list(words), parse: { Value(rawValue: $0) })
  }
}

extension Scalar where Value == Int {
  package static func integer(_ range: ClosedRange<Int>) -> Scalar {
    Scalar("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Decimal.parse(text).flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? $0 : nil }
    }
  }
}

/// Digits and nothing else: no sign, no separator, no overflow.
package enum Decimal {
  package static func parse(_ text: some StringProtocol) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return UInt64(text)
  }
}
