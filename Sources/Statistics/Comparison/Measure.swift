/// What is compared between the cohorts.
package enum Measure: String, Sendable, CaseIterable {
  /// The share of requests that failed.
  case errorRate = "error_rate"
  /// The share of requests that took longer than the 95th percentile of legacy.
  case slowRequests = "slow_requests"
  /// The share of requests that took longer than the 99th percentile of legacy. Harm to the slowest alone hardly shows
  /// among all slow ones, which vary five times as much.
  case slowestRequests = "slowest_requests"
  /// The mean duration of a request, in nanoseconds.
  case meanLatency = "mean_latency"
  /// Conversations created for each request, relative to legacy.
  case conversationsCreated = "conversations_created"
}

extension Measure {
  package var numerator: ClusterCounter {
    switch self {
    case .errorRate: .errors
    case .slowRequests: .slow
    case .slowestRequests: .slowest
    case .meanLatency: .nanoseconds
    case .conversationsCreated: .created
    }
  }

  package var denominator: ClusterCounter {
    switch self {
    case .slowRequests, .slowestRequests: .judged
    case .errorRate, .meanLatency, .conversationsCreated: .requests
    }
  }

  /// As a share of legacy's.
  package var isRelative: Bool { self == .conversationsCreated }

  /// More of it is worse.
  package var isWorseAbove: Bool { self != .conversationsCreated }

  /// A share of requests, 0 ... 1.
  package var isProportion: Bool { self != .meanLatency }

  /// The variance from one request to the next within a stage, never 0.
  func unitVariance(in tally: Tally) -> Double {
    isProportion ? proportionVariance(in: tally) : durationVariance(in: tally)
  }

  /// p (1 - p), with half a success more than there was of one request more, so that none is not never.
  private func proportionVariance(in tally: Tally) -> Double {
    let sum = Double(tally.legacy.clusters.total(numerator)) + Double(tally.unified.clusters.total(numerator))
    let units = Double(tally.legacy.clusters.total(denominator)) + Double(tally.unified.clusters.total(denominator))
    let share = min((sum + 0.5) / (units + 1), 1 - 0.5 / (units + 1))
    return share * (1 - share)
  }

  /// Clusters do not tell how requests of one user vary; the histograms do. The variance within the cohorts, and at least
  /// what they can resolve: 1/128 of the mean.
  private func durationVariance(in tally: Tally) -> Double {
    let legacy = tally.legacy.durations.spread
    let unified = tally.unified.durations.spread
    let count = legacy.count + unified.count
    guard count > 0 else { return 0 }
    let mean = (legacy.mean * legacy.count + unified.mean * unified.count) / count
    let variance = (legacy.variance * legacy.count + unified.variance * unified.count) / count
    return max(variance, mean * mean / 16_384)
  }
}

extension Histogram {
  /// Count, mean and variance of the durations as the buckets show them.
  fileprivate var spread: (count: Double, mean: Double, variance: Double) {
    var count = 0.0
    var sum = 0.0
    var squares = 0.0
    for (bucket, occurrences) in counts.enumerated() where occurrences > 0 {
      let duration = HistogramLayout.midpoint(of: bucket)
      count += Double(occurrences)
      sum += Double(occurrences) * duration
      squares += Double(occurrences) * duration * duration
    }
    guard count > 0 else { return (0, 0, 0) }
    let mean = sum / count
    return (count, mean, max(0, squares / count - mean * mean))
  }
}
