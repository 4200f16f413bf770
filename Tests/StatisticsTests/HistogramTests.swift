import Statistics
import TestSupport
import Testing

@Suite struct HistogramTests {
  private func histogram(_ durations: some Sequence<UInt64>) -> Histogram {
    var histogram = Histogram()
    for duration in durations { histogram.record(nanoseconds: duration) }
    return histogram
  }

  @Test("An empty histogram knows no quantile and no mean")
  func empty() {
    #expect(Histogram().quantile(0.5) == nil)
    #expect(Histogram().mean == nil)
    #expect(Histogram().count == 0)
  }

  @Test("Quantiles are within 1 % of those of the sorted durations", arguments: [0, 0.5, 0.9, 0.95, 0.99, 0.999, 1])
  func quantiles(q: Double) throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let durations = (0..<5_000).map { _ in random.duration() }.sorted()
    let rank = max(1, Int((q * 5_000).rounded(.up)))
    let exact = Double(durations[rank - 1])
    let reported = try #require(histogram(durations).quantile(q))
    #expect(abs(reported - exact) <= exact * 0.01, "seed \(seed)")
  }

  @Test("A quantile outside 0 to 1 is the nearer end, and one that is no number does not trap")
  func strangeQuantiles() {
    let two = histogram([2_000, 1_000_000])
    #expect(two.quantile(-3) == two.quantile(0))
    #expect(two.quantile(7) == two.quantile(1))
    #expect(two.quantile(.nan) != nil)
  }

  @Test("The mean is exact, whatever the buckets")
  func mean() {
    #expect(histogram([1, 2, 1_000_003]).mean == 1_000_006.0 / 3)
  }

  @Test("The counts below a bound count whole buckets, and of the bucket around the bound its part")
  func cumulative() {
    // 1024 ..< 1040 is one bucket.
    let durations = histogram([100, 500] + Array(1_024..<1_040) + [5_000])
    #expect(durations.cumulativeCounts(atOrBelow: [0, 1_024, 1_032, 1_040, 4_000, 10_000]) == [0, 2, 10, 18, 18, 19])
  }

  @Test("What exceeds the layout is in no bound but is counted")
  func beyond() {
    let long = histogram([1 << 43])
    #expect(long.cumulativeCounts(atOrBelow: [60_000_000_000, 1 << 44]) == [0, 0])
    #expect(long.count == 1)
    #expect(long.quantile(0.5) == Double(UInt64(1) << 42))
  }

  @Test("The counts below ascending bounds never fall, and the error is less than one bucket")
  func cumulativeError() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let durations = (0..<5_000).map { _ in random.duration() }
    let all = histogram(durations)
    let bounds = (0..<200).map { _ in random.duration() }.sorted()
    let counts = all.cumulativeCounts(atOrBelow: bounds)
    #expect(counts == counts.sorted(), "seed \(seed)")
    for (bound, count) in zip(bounds, counts) {
      let exact = durations.count { $0 <= bound }
      let around = all.counts[HistogramLayout.bucket(nanoseconds: bound)]
      #expect(abs(exact - Int(count)) <= Int(around), "seed \(seed), bound \(bound)")
    }
  }

  @Test("Merging is recording both, and taking one away leaves the other")
  func mergeAndSubtract() {
    let first = histogram([3, 40_000, 7_000_000])
    let second = histogram([3, 90_000])
    var both = first
    both.merge(second)
    #expect(both == histogram([3, 40_000, 7_000_000, 3, 90_000]))
    both.subtract(first)
    #expect(both == second)
  }

  @Test("Taking away what was never there leaves nothing, and does not trap")
  func subtractTooMuch() {
    var few = histogram([3])
    few.subtract(histogram([3, 3, 5_000]))
    #expect(few == Histogram())
  }
}
