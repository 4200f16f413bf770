import Statistics
import Testing

@Suite struct SampleRatioTests {
  private func stratum(legacy: Range<UInt32>, unified: Range<UInt32>, share: Double) -> Stratum {
    var tally = Tally(users: UserSample(capacity: 10_000))
    for hash in legacy { tally.users.insert(hash: hash, cohort: 0) }
    for hash in unified { tally.users.insert(hash: hash, cohort: 1) }
    return Stratum(share: share, tally: tally)
  }

  private func ratio(legacy: Int, unified: Int, share: Double) -> SampleRatio {
    let first = UInt32(legacy)
    return SampleRatio.of([stratum(legacy: 0..<first, unified: first..<first + UInt32(unified), share: share)])
  }

  @Test("p is that of SciPy's chi-square test")
  func vectors() throws {
    for vector in try ComparisonVectors.load().sample_ratios {
      let result = ratio(legacy: vector.legacy, unified: vector.unified, share: vector.share)
      #expect(isClose(result.p, vector.p, within: 1e-8), "\(vector)")
      #expect(result.legacy == vector.legacy)
      #expect(result.unified == vector.unified)
      #expect(isClose(result.expected, vector.share))
    }
  }

  @Test("The tail of the chi-square distribution is that of SciPy")
  func tail() throws {
    for vector in try ComparisonVectors.load().chi_square {
      #expect(isClose(SampleRatio.chiSquareTail(vector.statistic), vector.p))
    }
  }

  @Test(
    "A split is off when p < 0.001, and checked from 8 expected users of either cohort on",
    arguments: [
      (900, 100, 0.1, true, false), (850, 150, 0.1, true, true), (950, 50, 0.1, true, true),
      (79, 0, 0.1, false, false), (80, 0, 0.1, true, false), (0, 15, 0.5, false, false), (0, 16, 0.5, true, true),
      (8, 72, 0.9, true, false), (7, 72, 0.9, false, false),
    ])
  func judgement(legacy: Int, unified: Int, share: Double, isChecked: Bool, isOff: Bool) {
    let result = ratio(legacy: legacy, unified: unified, share: share)
    #expect(result.isChecked == isChecked)
    #expect(result.isOff == isOff)
  }

  @Test("Nobody seen, or no split, is no ground for a complaint")
  func nothing() {
    for strata in [
      [], [Stratum(share: 0.1, tally: Tally())], [stratum(legacy: 0..<5, unified: 5..<900, share: 0)],
      [stratum(legacy: 0..<900, unified: 900..<910, share: 1)],
    ] {
      let result = SampleRatio.of(strata)
      #expect(!result.isChecked)
      #expect(!result.isOff)
      #expect(result.p == 1)
    }
  }

  @Test("Expected users of several stages are added up")
  func stages() {
    let right = SampleRatio.of([
      stratum(legacy: 0..<900, unified: 900..<1_000, share: 0.1),
      stratum(legacy: 5_000..<5_500, unified: 5_500..<6_000, share: 0.5),
    ])
    #expect(isClose(right.expected, 0.3))
    #expect(right.legacy == 1_400)
    #expect(right.unified == 600)
    #expect(right.p == 1)
    #expect(right.isChecked)
  }

  @Test("The same users in ten stages prove no more than in one")
  func repeated() {
    let once = stratum(legacy: 0..<880, unified: 880..<1_000, share: 0.1)
    let ten = SampleRatio.of(Array(repeating: once, count: 10))
    #expect(isClose(ten.p, SampleRatio.of([once]).p, within: 1e-6))
    #expect(ten.unified == 1_200)
    #expect(!ten.isOff)
  }
}
