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
/// without traffic adds nothing to it. (Deng, Knoblich, Lu: Applying the delta method in metric analytics, KDD 2018.)
///
/// **Clusters of very different size.** A program that sends most of a cohort's requests pulls the ratio to its own, its
/// residual goes to 0, and the variance with it: the fewer users speak, the surer it would be. So each residual is divided
/// by the share of the requests that the other clusters have. `e / (1 - w)` is by how much the ratio changes when the
/// cluster is left out, and `(G - 1) / G` times the sum of its squares is the jackknife, with G the clusters that had
/// traffic. For clusters of equal size that is the form above with the usual correction G / (G - 1), to the digit.
package enum DeltaMethod {
  /// A cohort in one stage, and the share that the stage has in the estimate.
  package typealias Part = (table: ClusterTable, weight: Double)

  /// The weighted mean of the parts' ratios; the weights add up to 1. Nil when there is no part, or one has nothing to
  /// divide by.
  ///
  /// The same users are in all parts, and in the same clusters, so the residuals of a cluster are added before they are
  /// squared: what its users have in common over the stages is counted as that.
  package static func estimate(
    _ numerator: ClusterCounter, per denominator: ClusterCounter, of parts: [Part]
  ) -> RatioEstimate? {
    guard !parts.isEmpty else { return nil }
    var estimate = RatioEstimate(ratio: 0, variance: 0, clusters: 0, units: 0, effectiveUnits: 0)
    var residuals = [Double](repeating: 0, count: ClusterTable.clusterCount)
    var leverages = residuals
    for (table, weight) in parts {
      let units = Double(table.total(denominator))
      guard units > 0 else { return nil }
      let ratio = Double(table.total(numerator)) / units
      for cluster in residuals.indices where table[cluster, denominator] > 0 {
        let requests = Double(table[cluster, denominator])
        residuals[cluster] += weight * (Double(table[cluster, numerator]) - ratio * requests) / units
        leverages[cluster] += weight * requests / units
      }
      estimate.ratio += weight * ratio
      estimate.units += units
      estimate.effectiveUnits += weight * weight / units
    }
    estimate.effectiveUnits = 1 / estimate.effectiveUnits
    estimate.clusters = leverages.count { $0 > 0 }
    estimate.variance = jackknife(residuals, leverages, clusters: estimate.clusters)
    return estimate
  }

  /// One cluster says nothing about how clusters differ.
  private static func jackknife(_ residuals: [Double], _ leverages: [Double], clusters: Int) -> Double {
    guard clusters > 1 else { return .infinity }
    var sum = 0.0
    for cluster in residuals.indices where leverages[cluster] > 0 {
      let change = residuals[cluster] / (1 - leverages[cluster])
      sum += change * change
    }
    return sum * Double(clusters - 1) / Double(clusters)
  }
}
