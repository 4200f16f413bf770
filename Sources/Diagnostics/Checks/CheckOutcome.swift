/// What came of one check: what was found, and where something is wrong, what to do next.
///
/// What was not asked for, for instance a dump of MySQL without an address of one, has not passed.
package struct CheckOutcome: Sendable, Equatable {
  package enum Outcome: String, Sendable, Codable {
    case pass
    /// As it should be for now; the advice says what may go wrong later. It fails nothing.
    case warn
    case fail
    case notAsked = "not asked"
  }

  package let outcome: Outcome
  /// One line without an end.
  package let found: String
  /// What to do next; with every `warn` and `fail`, and with `notAsked` how to ask.
  package let advice: String?

  package static func pass(_ found: String) -> CheckOutcome { CheckOutcome(outcome: .pass, found: found, advice: nil) }

  package static func warn(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(outcome: .warn, found: found, advice: advice)
  }

  package static func fail(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(outcome: .fail, found: found, advice: advice)
  }

  package static func notAsked(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(outcome: .notAsked, found: found, advice: advice)
  }
}

/// What a check throws where it cannot go on.
package struct CheckFault: Error, Equatable {
  package var found: String
  package var advice: String

  package init(_ found: String, advice: String) {
    self.found = found
    self.advice = advice
  }
}
