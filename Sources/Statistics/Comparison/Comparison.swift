/// How unified stands to legacy, in everything that is compared.
///
/// A value computed from values: the same tallies give the same comparison, on any proxy and in any tool. It takes well
/// under a millisecond for one stage in a release build.
///
/// **Stages.** Users are compared within a stage, where one percentage held, and never across: the crowd of Monday at 10 %
/// and that of Friday at 50 % are different crowds (Simpson's paradox). What the stages say is then averaged, each
/// weighted by `legacy * unified / (legacy + unified)` requests (Cochran, Mantel, Haenszel): by how much it can tell.
package struct Comparison: Sendable, Equatable {
  /// One for each measure, in their order.
  package let assessments: [Assessment]
  package let sampleRatio: SampleRatio
  /// Harmful when one guardrail is. Safe when all are that can be judged, and the split is not off. Else undecided.
  ///
  /// A product that creates no conversation on legacy, or does not tell, must not wait for a verdict forever: that
  /// guardrail alone may stay unmeasured or be absent.
  package let verdict: Verdict

  package init(assessments: [Assessment], sampleRatio: SampleRatio) {
    self.assessments = assessments
    self.sampleRatio = sampleRatio
    verdict = Self.verdict(assessments, sampleRatio)
  }

  /// `elapsedSeconds`: how long the strata lasted together; only the time to a verdict depends on it.
  package static func of(strata: [Stratum], settings: GuardrailSettings, elapsedSeconds: Double) -> Comparison {
    Comparison(
      assessments: Measure.allCases.map { measure in
        Assessment.of(measure, strata: strata, settings: settings, elapsedSeconds: elapsedSeconds)
      },
      sampleRatio: SampleRatio.of(strata))
  }

  private static func verdict(_ assessments: [Assessment], _ sampleRatio: SampleRatio) -> Verdict {
    if assessments.contains(where: { $0.verdict == .harmful }) { return .harmful }
    let needed = assessments.filter { !$0.isUnmeasurable }
    let allSafe = !needed.isEmpty && needed.allSatisfy { $0.verdict == .safe }
    return allSafe && !sampleRatio.isOff ? .safe : .undecided
  }
}
