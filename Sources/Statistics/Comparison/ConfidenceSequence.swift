import Glibc

/// How far an estimate may be off, at every moment at once: an asymptotic confidence sequence (Waudby-Smith, Arbour,
/// Sinha, Kennedy, Ramdas, arXiv 2103.06476, with the mixture's width as GrowthBook chooses it).
///
/// A common interval holds at one moment that was fixed beforehand. Who looks each second at such an interval and acts
/// when it excludes 0 is wrong far more often than it says. This one is the boundary that a Brownian motion leaves *ever*
/// with probability alpha, so looking costs nothing. The price is width: 3.0 standard errors instead of 1.96 where it is
/// tightest (alpha 0.05).
///
/// **What `units` has to be.** The boundary is one of a Brownian motion, and its clock is information: 1 / SE^2. `units`
/// must therefore be proportional to 1 / SE^2, by a factor that does not follow the data. Counts of users or of requests
/// are not: users stop coming while their requests go on (the clock would stand while the estimate moves), and requests
/// go on when more of them say nothing new, because the same users send them. `Contrast.units` is
/// `4 sigma^2 / SE^2`, where sigma^2 is the variance of one request: as many requests as independent users, half of
/// them in each cohort, would have needed for this standard error. For such data it *is* the number of units in both
/// arms, which the published figures take. See docs/decisions/information-is-the-clock.md.
package struct ConfidenceSequence: Sendable, Equatable {
  /// The chance of leaving the interval ever.
  package let alpha: Double
  /// N*: the number of units at which it is tightest.
  package let tuningUnits: Double

  /// `alpha` is between 0 and 1, `tuningUnits` positive.
  package init(alpha: Double, tuningUnits: Double) {
    precondition(alpha > 0 && alpha < 1 && tuningUnits > 0)
    self.alpha = alpha
    self.tuningUnits = tuningUnits
  }

  /// Half of the width of the two-sided interval. Infinite when there are no units.
  package func halfWidth(standardError: Double, units: Double) -> Double {
    let clock = units * mixtureVariance(alpha)
    guard clock > 0 else { return .infinity }
    return standardError * (2 * (clock + 1) / clock * log((clock + 1).squareRoot() / alpha)).squareRoot()
  }

  /// How far a one-sided bound is from the estimate. Infinite when there are no units.
  package func oneSidedHalfWidth(standardError: Double, units: Double) -> Double {
    let clock = units * mixtureVariance(min(2 * alpha, 1))
    guard clock > 0 else { return .infinity }
    return standardError
      * (2 * (clock + 1) / clock * log(1 + (clock + 1).squareRoot() / (2 * alpha))).squareRoot()
  }

  /// rho^2 of the normal mixture.
  private func mixtureVariance(_ alpha: Double) -> Double {
    let surprise = -2 * log(alpha)
    return (surprise + log(surprise + 1)) / tuningUnits
  }
}
