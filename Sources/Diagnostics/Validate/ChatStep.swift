internal import FoundationEssentials

/// One message of a multi-step task, and what the reply must contain.
package struct ChatStep: Sendable, Equatable {
  package var message: String
  /// Compared without case; nil: any reply is accepted.
  package var expected: String?

  package init(_ message: String, expecting expected: String? = nil) {
    self.message = message
    self.expected = expected
  }

  /// The sample application's task: create a product in three messages.
  package static let standard = [
    ChatStep("create a product", expecting: "name"), ChatStep("Turnout lamp", expecting: "cost"),
    ChatStep("12.50", expecting: "Turnout lamp"),
  ]

  /// Reads one step per line: the message and, after ` => `, what the reply must contain. Skips empty lines and lines
  /// that begin with #.
  package static func parse(_ text: String) -> [ChatStep] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      guard line.contains(where: { !$0.isWhitespace }), !line.hasPrefix("#") else { return nil }
      guard let arrow = line.firstRange(of: " => ") else { return ChatStep(String(line)) }
      return ChatStep(String(line[..<arrow.lowerBound]), expecting: String(line[arrow.upperBound...]))
    }
  }

  package func accepts(_ text: String) -> Bool {
    guard let expected else { return true }
    return text.lowercased().contains(expected.lowercased())
  }
}
