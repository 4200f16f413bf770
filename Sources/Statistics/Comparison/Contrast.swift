/// How far the cohorts lie apart in one measure, and how sure that is.
///
/// **When little has happened.** An interval is as good as its standard error, and the delta method knows only what it
/// has seen. The smaller cohort may not have had one of the rare errors yet: its rate would be 0 and its variance, too,
/// and unified would look better than it is, for certain. The same goes for long requests. So the variance of a cohort is
/// never less than
///
/// - that of the pooled cohorts, brought to its number of requests: without a difference, which is what an alarm has to
///   be measured against, both have the same. (Without this the interval excluded 0 in 2 to 3 % of A/A runs at a split of
///   10 %, instead of 1.25 %; with it in less than 1 %.) It costs width only where the smaller cohort varies less.
/// - that of as many independent requests, `unitVariance` for each. The delta method never claims to know better.
/// - of a share, that of independent requests with the cohort's own share, five of ten more requests having been hits.
///   None of 1 000 failed does not mean that none ever will. (Agresti and Coull, 1998, add z^2 / 2 of z^2 for z standard
///   errors. Simulated with errors at 1 in 100 to 1 in 10 000, looked at all the time, with an alpha of 0.0125: adding 0.5
///   of 1 the truth was left in 8 to 11 % of the runs, 2 of 4 in 1 to 3 %, 5 of 10 in 0.2 to 1.2 %.)
///
/// **Relative differences.** The variance of unified / legacy is by the delta method again, where the noise of legacy
/// enters with the square of that ratio; it enters with 1 at least. Else a cohort unified that has nothing (ratio 0) would
/// make the noise of legacy disappear.
package struct Contrast: Sendable, Equatable {
  package var legacy: RatioEstimate
  package var unified: RatioEstimate
  /// Unified less legacy; if relative, as a share of legacy's.
  package var difference: Double
  package var standardError: Double
  /// Requests that independent users would have needed for this standard error, half of them in each cohort: the clock of
  /// the `ConfidenceSequence`.
  package var units: Double

  /// `unitVariance` is the variance of what is measured from request to request, of both cohorts. A relative contrast
  /// needs a legacy that is not 0.
  package init(legacy: RatioEstimate, unified: RatioEstimate, unitVariance: Double, measure: Measure) {
    let pooled =
      (legacy.variance * legacy.effectiveUnits * legacy.units
        + unified.variance * unified.effectiveUnits * unified.units) / (legacy.units + unified.units)
    func own(_ cohort: RatioEstimate) -> Double {
      guard measure.isProportion else { return 0 }
      let share = (cohort.ratio * cohort.units + 5) / (cohort.units + 10)
      return share * (1 - share)
    }
    func withFloor(_ cohort: RatioEstimate) -> RatioEstimate {
      var cohort = cohort
      cohort.variance = max(cohort.variance, max(pooled, unitVariance, own(cohort)) / cohort.effectiveUnits)
      return cohort
    }
    self.legacy = withFloor(legacy)
    self.unified = withFloor(unified)
    let absolute = self.legacy.variance + self.unified.variance
    units = 4 * max(unitVariance, own(legacy), own(unified)) / absolute
    if measure.isRelative {
      let ratio = unified.ratio / legacy.ratio
      difference = ratio - 1
      standardError =
        (self.unified.variance + max(1, ratio * ratio) * self.legacy.variance).squareRoot() / legacy.ratio
    } else {
      difference = unified.ratio - legacy.ratio
      standardError = absolute.squareRoot()
    }
  }
}
