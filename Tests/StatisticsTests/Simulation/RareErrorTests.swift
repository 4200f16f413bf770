import Foundation
import Statistics
import TestSupport
import Testing

/// Traffic in which almost nothing fails: where normal intervals are at their weakest.
@Suite struct RareErrorTests {
  /// Requests come evenly, errors by chance. Sixty looks, each at 10 % more traffic than the last: with so few errors there
  /// is hardly more than one between two of them.
  private func excludesTruth(share: Double, errorRate: Double, more: Double, using random: inout SeededGenerator)
    -> Bool
  {
    let crowd = Crowd(300, .logNormal, share: share, using: &random)
    let sequence = GuardrailSettings().sequence
    var tally = Tally()
    var sent = 0.0
    var target = 2_000.0
    for _ in 0..<60 {
      for user in crowd.users {
        let requests = (user.share * target).rounded(.down) - (user.share * sent).rounded(.down)
        let errors = random.poisson(requests * (min(1, errorRate * user.failing) + (user.isUnified ? more : 0)))
        if user.isUnified {
          tally.unified.clusters[user.cluster, .requests] += UInt64(requests)
          tally.unified.clusters[user.cluster, .errors] += UInt64(min(errors, requests))
        } else {
          tally.legacy.clusters[user.cluster, .requests] += UInt64(requests)
          tally.legacy.clusters[user.cluster, .errors] += UInt64(min(errors, requests))
        }
      }
      sent = target
      target *= 1.1
      if Self.excludes(more, tally, sequence) { return true }
    }
    return false
  }

  private static func excludes(_ truth: Double, _ tally: Tally, _ sequence: ConfidenceSequence) -> Bool {
    let tables = (legacy: tally.legacy.clusters, unified: tally.unified.clusters)
    guard
      let legacy = DeltaMethod.estimate(.errors, per: .requests, of: [(tables.legacy, 1)]),
      let unified = DeltaMethod.estimate(.errors, per: .requests, of: [(tables.unified, 1)]),
      min(legacy.units, unified.units) >= 200, min(legacy.clusters, unified.clusters) >= 20
    else { return false }
    let share = (legacy.ratio * legacy.units + unified.ratio * unified.units + 0.5) / (legacy.units + unified.units + 1)
    let contrast = Contrast(
      legacy: legacy, unified: unified, unitVariance: share * (1 - share), measure: .errorRate)
    return abs(contrast.difference - truth)
      > sequence.halfWidth(standardError: contrast.standardError, units: contrast.units)
  }

  @Test(
    "The true difference is excluded in at most a guardrail's alpha of the runs",
    arguments: [
      // One error in 10 000 requests; none at all against the margin; each at two splits.
      (0.1, 1e-4, 0), (0.5, 1e-4, 0), (0.1, 0, 0.001), (0.5, 1e-4, 0.001),
    ])
  func rareErrors(share: Double, errorRate: Double, more: Double) {
    var random = SeededGenerator(seed: 5)
    let runs = 300
    let alarms = (0..<runs).count { _ in
      excludesTruth(share: share, errorRate: errorRate, more: more, using: &random)
    }
    print("rare errors, \(errorRate) and \(more) more, split \(share): \(alarms) of \(runs)")
    let expected = 0.01 * Double(runs)
    #expect(Double(alarms) <= expected + 3 * (expected * 0.99).squareRoot())
  }

  @Test("Not one error in either cohort: the interval has a width, and 0 is in it")
  func noErrors() throws {
    var tally = Tally()
    for cluster in 0..<100 {
      tally.legacy.clusters[cluster, .requests] = 90
      tally.unified.clusters[cluster, .requests] = 10
    }
    let comparison = Comparison.of(
      strata: [Stratum(share: 0.1, tally: tally)], settings: GuardrailSettings(), elapsedSeconds: 60)
    let errors = comparison.assessments[0]
    #expect(errors.difference == 0)
    #expect(errors.verdict == .undecided)
    let upper = try #require(errors.upper)
    // The rule of three says 3 / 1000 for one look at 0.05; this is for every look and an alpha of 0.01.
    #expect(upper > 0.004)
    #expect(upper < 0.01)
  }

  @Test("A program that sends four fifths of unified's requests, and fails, is one user: no verdict of harm")
  func oneProgram() {
    var tally = Tally()
    for cluster in 0..<200 {
      tally.legacy.clusters[cluster, .requests] = 100
      tally.legacy.clusters[cluster, .errors] = 1
      tally.unified.clusters[cluster, .requests] = 10
    }
    tally.unified.clusters[300, .requests] = 8_000
    tally.unified.clusters[300, .errors] = 800
    let comparison = Comparison.of(
      strata: [Stratum(share: 0.1, tally: tally)], settings: GuardrailSettings(), elapsedSeconds: 60)
    #expect(comparison.assessments[0].verdict == .undecided)
  }
}
