import Statistics
import TestSupport
import Testing

@Suite struct HistogramLayoutTests {
  @Test(
    "A duration at an edge falls into its bucket",
    arguments: [
      (0, 0), (15, 0), (16, 1), (1_023, 63), (1_024, 64), (1_039, 64), (1_040, 65), (2_047, 127), (2_048, 128),
      (1 << 41, 31 * 64 + 64), (1 << 42 - 1, 2_111), (1 << 42, 2_112), (.max, 2_112),
    ] as [(UInt64, Int)])
  func edges(nanoseconds: UInt64, bucket: Int) {
    #expect(HistogramLayout.bucket(nanoseconds: nanoseconds) == bucket)
  }

  @Test("The buckets follow one another without gap or overlap, and each holds its own bounds")
  func contiguous() {
    var next: UInt64 = 0
    for bucket in 0..<HistogramLayout.bucketCount {
      let (lower, upper) = HistogramLayout.bounds(of: bucket)
      #expect(lower == next)
      #expect(lower < upper)
      #expect(HistogramLayout.bucket(nanoseconds: lower) == bucket)
      #expect(HistogramLayout.bucket(nanoseconds: upper - 1) == bucket)
      next = upper
    }
    #expect(HistogramLayout.bounds(of: HistogramLayout.bucketCount - 1) == (HistogramLayout.limitNanoseconds, .max))
  }

  @Test("From a microsecond to 73 minutes, what is reported is within 1 % of what was")
  func relativeError() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    var worst = 0.0
    for _ in 0..<200_000 {
      let duration = random.duration()
      let reported = HistogramLayout.midpoint(of: HistogramLayout.bucket(nanoseconds: duration))
      worst = max(worst, abs(reported - Double(duration)) / min(reported, Double(duration)))
    }
    #expect(worst <= 0.01, "seed \(seed)")
  }

  @Test("Below a microsecond, what is reported is within 8 ns")
  func absoluteError() {
    for duration in UInt64(0)..<1_024 {
      let reported = HistogramLayout.midpoint(of: HistogramLayout.bucket(nanoseconds: duration))
      #expect(abs(reported - Double(duration)) <= 8)
    }
  }
}
