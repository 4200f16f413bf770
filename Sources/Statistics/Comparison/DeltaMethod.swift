/// A ratio of two sums over clusters of users, such as errors for each request, and how much chance is in it.
package struct RatioEstimate: Sendable, Equatable {
  package var ratio: Double
  package var variance: Double
  /// Clusters with traffic.
  package var clusters: Int
  /// What was divided by: requests.
  package var units: Double
  /// As many requests, equally weighted, would be as good; `units` where there is one stage only.
  package var effectiveUnits: Double

  package init(ratio: Double, variance: Double, clusters: Int, units: Double, effectiveUnits: Double) {
    self.ratio = ratio
    self.variance = variance
    self.clusters = clusters
    self.units = units
    self.effectiveUnits = effectiveUnits
  }
}

/// The variance of a ratio of sums whose terms are not independent, because one user sends many requests.
///
/// Users are independent, and with them the clusters that a hash puts them in. With K clusters, sums S and N of each and
/// m = sum S / sum N:
///
///     Var(m) = [ Var(S) - 2 m Cov(S, N) + m^2 Var(N) ] / (K Nbar^2)  =  sum e^2 / (sum N)^2,   e = S - m N
///
/// The residuals e add up to 0, so the second form is the first with 1/K as the divisor of the variances; a cluster
/// without traffic adds nothing to it. It is corrected by G / (G - 1), with G the clusters that had traffic. (Deng,
/// Knoblich, Lu: Applying the delta method in metric analytics, KDD 2018.)
package enum DeltaMethod {
  /// A cohort in one stage, and the share that the stage has in the estimate.
  package typealias Part = (table: ClusterTable, weight: Double)

  /// The weighted mean of the parts' ratios. Nil when there is no part, or one has nothing to divide by.
  ///
  /// The same users are in all parts, and in the same clusters, so the residuals of a cluster are added before they are
  /// squared: what its users have in common over the stages is counted as that.
  package static func estimate(
    _ numerator: ClusterCounter, per denominator: ClusterCounter, of parts: [Part]
  ) -> RatioEstimate? {
    guard !parts.isEmpty else { return nil }
    var estimate = RatioEstimate(ratio: 0, variance: 0, clusters: 0, units: 0, effectiveUnits: 0)
    var residuals = [Double](repeating: 0, count: ClusterTable.clusterCount)
    var seen = [Bool](repeating: false, count: ClusterTable.clusterCount)
    for (table, weight) in parts {
      let units = Double(table.total(denominator))
      guard units > 0 else { return nil }
      let ratio = Double(table.total(numerator)) / units
      for cluster in residuals.indices where table[cluster, denominator] > 0 {
        let expected = ratio * Double(table[cluster, denominator])
        residuals[cluster] += weight * (Double(table[cluster, numerator]) - expected) / units
        seen[cluster] = true
      }
      estimate.ratio += weight * ratio
      estimate.units += units
      estimate.effectiveUnits += weight * weight / units
    }
    estimate.effectiveUnits = 1 / estimate.effectiveUnits
    estimate.clusters = seen.count { $0 }
    estimate.variance = variance(of: residuals, clusters: estimate.clusters)
    return estimate
  }

  /// One cluster says nothing about how clusters differ.
  private static func variance(of residuals: [Double], clusters: Int) -> Double {
    guard clusters > 1 else { return .infinity }
    return residuals.reduce(0) { $0 + $1 * $1 } * Double(clusters) / Double(clusters - 1)
  }
}
