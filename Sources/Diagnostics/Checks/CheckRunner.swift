internal import Reactor

/// What came of a check, and how long it took.
package struct CheckResult: Sendable, Equatable {
  package var name: String
  /// Of the migration guide.
  package var section: String?
  package var finding: CheckOutcome
  package var nanoseconds: UInt64

  package init(name: String, section: String? = nil, finding: CheckOutcome, nanoseconds: UInt64) {
    self.name = name
    self.section = section
    self.finding = finding
    self.nanoseconds = nanoseconds
  }
}

/// Makes checks one after another, each within its time, so that each finds the system as the one before has left it.
package enum CheckRunner {
  /// - Parameters:
  ///   - begin: called with the name before each check.
  ///   - known: called with each result as soon as it is known.
  package static func run(
    _ checks: [Check], begin: (String) -> Void = { _ in }, known: (CheckResult) -> Void = { _ in }
  ) -> [CheckResult] {
    checks.map { check in
      begin(check.name)
      let result = run(check)
      known(result)
      return result
    }
  }

  private static func run(_ check: Check) -> CheckResult {
    let begin = MonotonicClock.now()
    let limit = TimeLimit(nanoseconds: check.limitNanoseconds)
    let finding: CheckOutcome
    do throws(CheckFault) { finding = try check.attempt(limit) } catch {
      finding = .fail(error.found, advice: error.advice)
    }
    return CheckResult(
      name: check.name, section: check.section, finding: finding, nanoseconds: MonotonicClock.now() - begin)
  }
}

extension [CheckResult] {
  /// Nothing failed, and something was checked at all.
  package var hasPassed: Bool {
    !contains { $0.finding.outcome == .fail } && contains { $0.finding.outcome != .notAsked }
  }

  package func count(_ outcome: CheckOutcome.Outcome) -> Int { count { $0.finding.outcome == outcome } }
}
