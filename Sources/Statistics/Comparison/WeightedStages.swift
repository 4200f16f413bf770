/// The stages in which both cohorts have traffic, each with its weight.
///
/// The weight is `legacy * unified / (legacy + unified)` of the units in it: the inverse of the variance that its
/// difference has, if requests vary alike in all stages. That is the most precise mean, and the only one whose
/// information grows with the traffic as the confidence sequence supposes.
struct WeightedStages {
  private let stages: [(tally: Tally, units: Double, weight: Double)]

  init(_ strata: [Stratum], units: ClusterCounter) {
    let usable: [(tally: Tally, units: Double, information: Double)] = strata.compactMap { stratum in
      let legacy = Double(stratum.tally.legacy.clusters.total(units))
      let unified = Double(stratum.tally.unified.clusters.total(units))
      guard stratum.isSplit, legacy > 0, unified > 0 else { return nil }
      return (stratum.tally, legacy + unified, legacy * unified / (legacy + unified))
    }
    let information = usable.reduce(0) { $0 + $1.information }
    stages = usable.map { ($0.tally, $0.units, $0.information / information) }
  }

  var isEmpty: Bool { stages.isEmpty }

  func estimates(of measure: Measure) -> (legacy: RatioEstimate, unified: RatioEstimate)? {
    let legacy = DeltaMethod.estimate(
      measure.numerator, per: measure.denominator, of: stages.map { ($0.tally.legacy.clusters, $0.weight) })
    let unified = DeltaMethod.estimate(
      measure.numerator, per: measure.denominator, of: stages.map { ($0.tally.unified.clusters, $0.weight) })
    guard let legacy, let unified else { return nil }
    return (legacy, unified)
  }

  /// The variance of what is measured from one request to the next, without what separates stages.
  func unitVariance(of measure: Measure) -> Double {
    let units = stages.reduce(0) { $0 + $1.units }
    return stages.reduce(0) { $0 + $1.units / units * measure.unitVariance(in: $1.tally) }
  }
}
