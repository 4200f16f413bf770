import Statistics

/// Two cohorts to which one request after the other is added, with a look after each.
///
/// Most looks are cheap: the sums that the textbook's variance is made of are kept up to date, and times (G - 1) / G it is
/// never more than that of `DeltaMethod`. Only where 0 would be excluded with that, too, the tables are filled and judged
/// as those of a proxy are.
struct RunningContrast {
  struct Cohort {
    var numerators = [Double](repeating: 0, count: ClusterTable.clusterCount)
    var requests = [Double](repeating: 0, count: ClusterTable.clusterCount)
    var sum = 0.0
    var count = 0.0
    var clusters = 0
    private var squares = (sums: 0.0, products: 0.0, counts: 0.0)

    mutating func add(cluster: Int, value: Double) {
      let (s, n) = (numerators[cluster], requests[cluster])
      if n == 0 { clusters += 1 }
      squares.sums += value * (2 * s + value)
      squares.products += (s + value) * (n + 1) - s * n
      squares.counts += 2 * n + 1
      numerators[cluster] = s + value
      requests[cluster] = n + 1
      sum += value
      count += 1
    }

    var ratio: Double { sum / count }

    /// Not more than the jackknife's.
    var leastVariance: Double {
      let residuals = squares.sums - 2 * ratio * squares.products + ratio * ratio * squares.counts
      return max(0, residuals) / (count * count) * Double(clusters - 1) / Double(clusters)
    }

    var cheapEstimate: RatioEstimate {
      RatioEstimate(
        ratio: ratio, variance: leastVariance, clusters: clusters, units: count, effectiveUnits: count)
    }

    var table: ClusterTable {
      var table = ClusterTable()
      for cluster in 0..<ClusterTable.clusterCount {
        table[cluster, .requests] = UInt64(requests[cluster])
        table[cluster, .nanoseconds] = UInt64(numerators[cluster])
      }
      return table
    }
  }

  var legacy = Cohort()
  var unified = Cohort()

  mutating func add(to user: Crowd.User, value: Double) {
    if user.isUnified {
      unified.add(cluster: user.cluster, value: value)
    } else {
      legacy.add(cluster: user.cluster, value: value)
    }
  }

  /// As in `GuardrailSettings`.
  var isJudged: Bool {
    min(legacy.count, unified.count) >= 200 && min(legacy.clusters, unified.clusters) >= 20
  }

  /// The narrowest that the sequence gets is 3.03 standard errors, which its own test knows.
  static let leastSquare = 9.0

  /// The squared difference in (cheap) standard errors.
  var square: Double {
    let difference = unified.ratio - legacy.ratio
    let variance = legacy.leastVariance + unified.leastVariance
    return variance > 0 ? difference * difference / variance : difference == 0 ? 0 : .infinity
  }

  /// Whether the interval excludes 0.
  func excludesZero(_ sequence: ConfidenceSequence, unitVariance: Double) -> Bool {
    func excludes(_ legacy: RatioEstimate?, _ unified: RatioEstimate?) -> Bool {
      guard let legacy, let unified else { return false }
      let contrast = Contrast(legacy: legacy, unified: unified, unitVariance: unitVariance, measure: .meanLatency)
      return abs(contrast.difference) > sequence.halfWidth(standardError: contrast.standardError, units: contrast.units)
    }
    func exact(_ cohort: Cohort) -> RatioEstimate? {
      DeltaMethod.estimate(.nanoseconds, per: .requests, of: [(cohort.table, 1)])
    }
    return excludes(legacy.cheapEstimate, unified.cheapEstimate) && excludes(exact(legacy), exact(unified))
  }
}
