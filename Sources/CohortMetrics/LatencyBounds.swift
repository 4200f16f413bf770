import Statistics

/// The bounds of the histograms shown to Prometheus, from what a local answer takes to what no one waits for. 0.2 s is the
/// usual target for the 95th percentile, so it is one of them: the share of slower requests can be read off directly.
/// Up to 0.5 s no bucket is wider than the 0.1 s by which unified may be slower, since Prometheus can only guess where in
/// a bucket a quantile lies (docs/monitoring.md).
/// The lane's own histogram is much finer; a bound inside one of its buckets takes its part of that bucket
/// (`Histogram.cumulativeCounts`).
enum LatencyBounds {
  /// In nanoseconds, ascending, with the same in seconds as it is written.
  static let all: [(nanoseconds: UInt64, seconds: String)] = [
    (500_000, "0.0005"), (1_000_000, "0.001"), (2_500_000, "0.0025"), (5_000_000, "0.005"),
    (10_000_000, "0.01"), (25_000_000, "0.025"), (50_000_000, "0.05"), (100_000_000, "0.1"),
    (150_000_000, "0.15"), (200_000_000, "0.2"), (250_000_000, "0.25"), (300_000_000, "0.3"),
    (400_000_000, "0.4"), (500_000_000, "0.5"), (750_000_000, "0.75"), (1_000_000_000, "1"),
    (1_500_000_000, "1.5"), (2_500_000_000, "2.5"), (5_000_000_000, "5"), (10_000_000_000, "10"),
    (30_000_000_000, "30"), (60_000_000_000, "60"),
  ]
}

extension Histogram {
  /// The lines of one histogram: cumulative buckets, the sum in seconds, the count. The count is that of the buckets, so
  /// the last bucket and the count always agree.
  func samples(labels: [MetricLabel]) -> [MetricSample] {
    let bounds = LatencyBounds.all
    let count = count
    var samples = zip(bounds, cumulativeCounts(atOrBelow: bounds.map(\.nanoseconds))).map { bound, below in
      MetricSample(.integer(below), labels: labels + [MetricLabel("le", bound.seconds)], suffix: "_bucket")
    }
    samples.append(MetricSample(.integer(count), labels: labels + [MetricLabel("le", "+Inf")], suffix: "_bucket"))
    samples.append(MetricSample(.decimal(Double(sumNanoseconds) / 1e9), labels: labels, suffix: "_sum"))
    samples.append(MetricSample(.integer(count), labels: labels, suffix: "_count"))
    return samples
  }
}
