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
/// - that of independent requests, `unitVariance` for each, which is more than 0 also when nothing has failed at all.
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

  /// `unitVariance` is the variance of what is measured from request to request. A relative contrast needs a legacy that
  /// is not 0.
  package init(legacy: RatioEstimate, unified: RatioEstimate, unitVariance: Double, isRelative: Bool) {
    let pooled =
      (legacy.variance * legacy.effectiveUnits * legacy.units
        + unified.variance * unified.effectiveUnits * unified.units) / (legacy.units + unified.units)
    let floor = max(pooled, unitVariance)
    self.legacy = legacy
    self.unified = unified
    self.legacy.variance = max(legacy.variance, floor / legacy.effectiveUnits)
    self.unified.variance = max(unified.variance, floor / unified.effectiveUnits)
    let absolute = self.legacy.variance + self.unified.variance
    units = 4 * unitVariance / absolute
    if isRelative {
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
