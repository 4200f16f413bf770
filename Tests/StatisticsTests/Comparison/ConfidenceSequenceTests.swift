import Statistics
import Testing

@Suite struct ConfidenceSequenceTests {
  private let published = ConfidenceSequence(alpha: 0.05, tuningUnits: 5_000)

  @Test("1396 of 3000 against 2422 of 3461, relative: the published interval")
  func publishedRelative() {
    let legacy = 1_396.0 / 3_000
    let unified = 2_422.0 / 3_461
    let variances = (legacy: legacy * (1 - legacy) / 3_000, unified: unified * (1 - unified) / 3_461)
    let ratio = unified / legacy
    let error = (variances.unified + ratio * ratio * variances.legacy).squareRoot() / legacy
    let width = published.halfWidth(standardError: error, units: 6_461)
    #expect(abs(ratio - 1 - 0.50386) < 5e-6)
    #expect(abs(ratio - 1 - width - 0.40098) < 5e-6)
    #expect(abs(ratio - 1 + width - 0.60675) < 5e-6)
  }

  @Test("Sums of two means, absolute, one-sided: the published bound")
  func publishedOneSided() {
    func mean(_ sum: Double, squares: Double, count: Double) -> (value: Double, variance: Double) {
      let mean = sum / count
      return (mean, (squares / count - mean * mean) / (count - 1))
    }
    let legacy = mean(1_396.87, squares: 52_377.9767, count: 3_000)
    let unified = mean(2_422.7, squares: 134_698.29, count: 3_461)
    let error = (legacy.variance + unified.variance).squareRoot()
    let difference = unified.value - legacy.value
    #expect(abs(difference - 0.2343767) < 5e-8)
    #expect(abs(error - 0.1298308) < 5e-8)
    let width = published.oneSidedHalfWidth(standardError: error, units: 6_461)
    #expect(abs(difference - width - -0.1265684) < 5e-8)
  }

  @Test("Half-widths are those that Python computes")
  func vectors() throws {
    let vectors = try ComparisonVectors.load().half_widths
    #expect(vectors.count == 24)
    for vector in vectors {
      let sequence = ConfidenceSequence(alpha: vector.alpha, tuningUnits: vector.tuning)
      let two = sequence.halfWidth(standardError: vector.standard_error, units: vector.units)
      let one = sequence.oneSidedHalfWidth(standardError: vector.standard_error, units: vector.units)
      #expect(isClose(two, vector.two_sided))
      #expect(isClose(one, vector.one_sided))
    }
  }

  @Test("In standard errors it is tightest at about the tuning units, and never as tight as 1.96")
  func tightest() {
    let widths = [50.0, 500, 5_000, 50_000, 500_000].map { published.halfWidth(standardError: 1, units: $0) }
    #expect(widths.min() == widths[2])
    #expect(widths[2] > 3)
    #expect(widths[2] < 3.1)
  }

  @Test("Without units both bounds are infinitely far, also when the standard error is zero")
  func noUnits() {
    for standardError in [0.0, 1] {
      #expect(published.halfWidth(standardError: standardError, units: 0) == .infinity)
      #expect(published.oneSidedHalfWidth(standardError: standardError, units: 0) == .infinity)
    }
  }
}
