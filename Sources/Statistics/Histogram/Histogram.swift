/// How often durations fell into each bucket of `HistogramLayout`, and their exact sum.
///
/// A value for the control plane: workers count into lanes of their own, and the histogram is made from those.
package struct Histogram: Sendable, Equatable {
  /// One for each bucket of the layout.
  package private(set) var counts: [UInt64]
  /// The exact sum of all durations. It wraps after 584 years of them.
  package private(set) var sumNanoseconds: UInt64

  package init() {
    counts = Array(repeating: 0, count: HistogramLayout.bucketCount)
    sumNanoseconds = 0
  }

  /// `counts` has one count for each bucket of the layout.
  package init(counts: some Collection<UInt64>, sumNanoseconds: UInt64) {
    precondition(counts.count == HistogramLayout.bucketCount)
    self.counts = Array(counts)
    self.sumNanoseconds = sumNanoseconds
  }

  package mutating func record(nanoseconds: UInt64) {
    counts[HistogramLayout.bucket(nanoseconds: nanoseconds)] &+= 1
    sumNanoseconds &+= nanoseconds
  }

  /// Durations in all buckets.
  package var count: UInt64 { counts.reduce(0, &+) }

  /// In nanoseconds, exact; nil when there is nothing.
  package var mean: Double? {
    let count = count
    return count == 0 ? nil : Double(sumNanoseconds) / Double(count)
  }

  /// The smallest duration, in nanoseconds, that at least the share `q` of all does not exceed: nearest rank, reported
  /// as the middle of its bucket. `q` is 0 ... 1, what lies outside is taken for the nearer end; nil when there is
  /// nothing.
  package func quantile(_ q: Double) -> Double? {
    let count = count
    guard count > 0 else { return nil }
    let share = min(max(q, 0), 1)
    let rank = max(1, (share * Double(count)).rounded(.up))
    var seen: UInt64 = 0
    var last = 0
    for (bucket, inBucket) in counts.enumerated() where inBucket > 0 {
      seen &+= inBucket
      last = bucket
      if Double(seen) >= rank { break }
    }
    return HistogramLayout.midpoint(of: last)
  }

  /// How many durations do not exceed each of `bounds`, which ascend, in nanoseconds.
  ///
  /// A bound inside a bucket takes its proportional part of that bucket, rounded down, as if the durations lay evenly in
  /// it. So a result is off by less than what lies in one bucket around the bound (1.6 % wide); results never fall from
  /// one bound to the next, nor from one moment to the next while the counts only grow.
  package func cumulativeCounts(atOrBelow bounds: [UInt64]) -> [UInt64] {
    var below: UInt64 = 0
    var bucket = 0
    return bounds.map { bound in
      let target = HistogramLayout.bucket(nanoseconds: bound)
      while bucket < target {
        below &+= counts[bucket]
        bucket += 1
      }
      return below &+ partOfBucket(target, upTo: bound)
    }
  }

  /// The part of `bucket` up to `bound`, which lies in it. Of the last bucket, which has no end, nothing.
  private func partOfBucket(_ bucket: Int, upTo bound: UInt64) -> UInt64 {
    let (lower, upper) = HistogramLayout.bounds(of: bucket)
    guard upper != .max else { return 0 }
    let share = Double(bound - lower) / Double(upper - lower)
    return UInt64(Double(counts[bucket]) * share)
  }

  package mutating func merge(_ other: Histogram) {
    for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
    sumNanoseconds &+= other.sumNanoseconds
  }

  /// Takes an earlier state of the same counters away, which leaves what came since. A count never falls below 0.
  package mutating func subtract(_ earlier: Histogram) {
    for bucket in counts.indices { counts[bucket] -= min(counts[bucket], earlier.counts[bucket]) }
    sumNanoseconds -= min(sumNanoseconds, earlier.sumNanoseconds)
  }
}
