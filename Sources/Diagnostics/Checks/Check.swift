package import Reactor
internal import Redis

/// One test of the system before or after a step of the migration, with a time limit.
package struct DiagnosticCheck: Sendable {
  /// At most 16 characters, or 19 with a section, to fit its column: `Redis backup`.
  package var name: String
  package var timeout: Duration
  /// The section of the migration guide that requires this check: `5.1`.
  package var section: String?
  /// Every wait in it ends at the deadline at the latest.
  package var attempt: @Sendable (Deadline) throws(CheckError) -> CheckOutcome

  package init(
    _ name: String, section: String? = nil, timeout: Duration = .seconds(10),
    attempt: @escaping @Sendable (Deadline) throws(CheckError) -> CheckOutcome
  ) {
    self.name = name
    self.section = section
    self.timeout = timeout
    self.attempt = attempt
  }
}

/// What a check found and, unless it passed, what to do next.
package struct CheckOutcome: Sendable, Equatable {
  package enum Status: String, Sendable, Codable {
    case pass
    /// Acceptable for now; the advice names the risk. It does not fail the run.
    case warn
    case fail
    /// Not configured, such as a MySQL dump without an address. It counts neither as passed nor as failed.
    case notAsked = "not asked"
  }

  package let status: Status
  /// One line without a line end.
  package let found: String
  /// What to do next, or how to configure the check; nil for `pass`.
  package let advice: String?
  /// SQL for the owner of a database to run, a statement each.
  package var sql: [String] = []

  package static func pass(_ found: String) -> CheckOutcome { CheckOutcome(status: .pass, found: found, advice: nil) }

  package static func warn(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(status: .warn, found: found, advice: advice)
  }

  package static func fail(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(status: .fail, found: found, advice: advice)
  }

  package static func notAsked(_ found: String, advice: String) -> CheckOutcome {
    CheckOutcome(status: .notAsked, found: found, advice: advice)
  }
}

/// Why a check cannot continue. The runner turns it into a failed outcome.
package struct CheckError: Error, Equatable {
  package var found: String
  package var advice: String

  package init(_ found: String, advice: String) {
    self.found = found
    self.advice = advice
  }

  /// The descriptions of Redis errors end with advice where there is some.
  init(_ error: RedisError, or advice: String = "See the log of Redis, then try again.") {
    self.init(sentence: error.description, or: advice)
  }

  /// Takes what follows the first full stop as the advice.
  init(sentence: String, or advice: String) {
    guard let stop = sentence.firstRange(of: ". ") else {
      self.init(sentence, advice: advice)
      return
    }
    self.init(String(sentence[..<stop.lowerBound]), advice: String(sentence[stop.upperBound...]) + ".")
  }
}

package struct CheckResult: Sendable, Equatable {
  package var name: String
  /// The section of the migration guide.
  package var section: String?
  package var outcome: CheckOutcome
  package var duration: Duration

  package init(name: String, section: String? = nil, outcome: CheckOutcome, duration: Duration) {
    self.name = name
    self.section = section
    self.outcome = outcome
    self.duration = duration
  }
}

/// Runs checks one after another, so that each sees the system as the previous one left it.
package enum CheckRunner {
  /// - Parameters:
  ///   - begin: called with the name before each check.
  ///   - finish: called with each result as soon as it is known.
  package static func run(
    _ checks: [DiagnosticCheck], begin: (String) -> Void = { _ in }, finish: (CheckResult) -> Void = { _ in }
  ) -> [CheckResult] {
    checks.map { check in
      begin(check.name)
      let result = run(check)
      finish(result)
      return result
    }
  }

  private static func run(_ check: DiagnosticCheck) -> CheckResult {
    let begin = MonotonicClock.now()
    let outcome: CheckOutcome
    do throws(CheckError) { outcome = try check.attempt(Deadline(after: check.timeout, from: begin)) } catch {
      outcome = .fail(error.found, advice: error.advice)
    }
    return CheckResult(
      name: check.name, section: check.section, outcome: outcome,
      duration: .nanoseconds(clamping: MonotonicClock.now() - begin))
  }
}

extension [CheckResult] {
  /// Nothing failed, and at least one check was made.
  package var hasPassed: Bool {
    !contains { $0.outcome.status == .fail } && contains { $0.outcome.status != .notAsked }
  }

  package func count(_ status: CheckOutcome.Status) -> Int { count { $0.outcome.status == status } }
}
