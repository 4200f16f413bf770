import Statistics
import Testing

@testable import Configuration

@Suite struct GuardrailTests {
  @Test(
    "A share of the guardrails is a percentage with its sign",
    arguments: [("0.1%", 0.001), ("5%", 0.05), ("50%", 0.5)])
  func shares(text: String, share: Double) throws {
    let file = try configuration(cohorts + "guardrails: {alpha: \(text), error_margin: 0%, minimum_requests: 20}")
    #expect(file.guardrails.alpha == share)
    #expect(file.guardrails.errorMargin == 0)
    #expect(file.guardrails.minimumRequests == 20)
    #expect(file.guardrails.slowMargin == 0.005)
    #expect(file.guardrails.slowestMargin == 0.005)
  }

  @Test("Anything else is none", arguments: ["0.1", "0.01%", "0%", "51%", "a", "0.0001%", "-1%", "5 %"])
  func wrongShares(text: String) {
    let found = complaints(cohorts + "guardrails: {alpha: \"\(text)\"}")
    let expected = "guardrails.alpha: found \"\(text)\", expected a percentage from 0.1% to 50%"
    #expect(found.count == 1, "\(found)")
    #expect(found[0].contains(expected), "\(found)")
  }

  @Test("Durations and counts have their ranges, and a slip of the pen is told")
  func others() throws {
    let file = try configuration(cohorts + "guardrails: {mean_latency_margin: 250ms, slowest_margin: 2%}")
    #expect(file.guardrails.meanLatencyMargin == 250_000_000)
    #expect(file.guardrails.slowestMargin == 0.02)
    #expect(complaints(cohorts + "guardrails: {minimum_requests: 19}").count == 1)
    #expect(complaints(cohorts + "guardrails: {mean_latency_margin: 2h}").count == 1)
    #expect(complaints(cohorts + "guardrails: {eror_margin: 1%}")[0].contains("did you mean error_margin?"))
  }
}
