import Diagnostics

/// What `preflight`, `smoke` and `validate` print with `--json`.
struct CheckResultsDocument: Encodable {
  struct Entry: Encodable {
    let name: String
    let section: String?
    let outcome: CheckOutcome.Outcome
    let found: String
    let advice: String?
    let seconds: Double
  }

  let passed: Bool
  let checks: [Entry]

  init(_ results: [CheckResult]) {
    passed = results.hasPassed
    checks = results.map { result in
      Entry(
        name: result.name, section: result.section, outcome: result.finding.outcome, found: result.finding.found,
        advice: result.finding.advice, seconds: Double(result.nanoseconds / 1_000) / 1e6)
    }
  }
}
