internal import FoundationEssentials

/// One message of a task that takes several, and what its answer must hold.
package struct ChatStep: Sendable, Equatable {
  package var message: String
  /// In any case of letters; nil: any answer will do.
  package var expected: String?

  package init(_ message: String, expecting expected: String? = nil) {
    self.message = message
    self.expected = expected
  }

  /// Of the sample application: a product in three messages.
  package static let standard = [
    ChatStep("create a product", expecting: "name"), ChatStep("Turnout lamp", expecting: "cost"),
    ChatStep("12.50", expecting: "Turnout lamp"),
  ]

  /// A step on each line: the message and, behind ` => `, what the answer must hold. Empty lines and lines that begin
  /// with # are passed over.
  package static func parse(_ text: String) -> [ChatStep] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      guard line.contains(where: { !$0.isWhitespace }), !line.hasPrefix("#") else { return nil }
      guard let arrow = line.firstRange(of: " => ") else { return ChatStep(String(line)) }
      return ChatStep(String(line[..<arrow.lowerBound]), expecting: String(line[arrow.upperBound...]))
    }
  }

  package func isAnswered(by text: String) -> Bool {
    guard let expected else { return true }
    return text.lowercased().contains(expected.lowercased())
  }
}
