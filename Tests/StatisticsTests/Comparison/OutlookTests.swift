import Testing

@testable import Statistics

@Suite("What more traffic would bring")
struct OutlookTests {
  private static let sequence = ConfidenceSequence(alpha: 0.01, tuningUnits: 5_000)

  private static func outlook(_ measure: Measure, ratio: Double = 0.01, margin: Double = 0.001) -> Outlook {
    let cohort = RatioEstimate(ratio: ratio, variance: 1e-4, clusters: 100, units: 9_990, effectiveUnits: 9_990)
    let contrast = Contrast(legacy: cohort, unified: cohort, unitVariance: 0.25, measure: measure)
    return Outlook(contrast: contrast, sequence: sequence, margin: margin)
  }

  @Test("The change that can be seen is the margin, the interval and the 0.8 quantile of the normal distribution")
  func detectable() {
    for measure in [Measure.meanLatency, .conversationsCreated] {
      let outlook = Self.outlook(measure)
      let error = outlook.contrast.standardError
      let width = Self.sequence.halfWidth(standardError: error, units: outlook.contrast.units)
      #expect(isClose(outlook.detectable(measure), 0.001 + width + 0.841_621 * error), "\(measure)")
    }
  }

  @Test("A larger share varies more itself, up to one half", arguments: [0.01, 0.2, 0.4, 0.49, 0.6])
  func detectableShare(ratio: Double) {
    let outlook = Self.outlook(.errorRate, ratio: ratio)
    let found = outlook.detectable(.errorRate)
    let (now, then) = (min(ratio, 0.5), min(ratio + found, 0.5))
    let unified = outlook.contrast.unified.variance + (then * (1 - then) - now * (1 - now)) / 9_990
    let error = (outlook.contrast.legacy.variance + unified).squareRoot()
    let width = Self.sequence.halfWidth(standardError: error, units: outlook.contrast.units)
    #expect(isClose(found, 0.001 + width + 0.841_621 * error, within: 1e-6))
  }

  /// The gap that so many times the traffic just does not decide.
  private static func gap(_ outlook: Outlook, times: Double) -> Double {
    sequence.halfWidth(
      standardError: outlook.contrast.standardError / times.squareRoot(), units: outlook.contrast.units * times)
  }

  @Test(
    "A gap takes as many times the traffic as its interval says, on either side of the margin", arguments: [2, 100])
  func times(times: Double) throws {
    let outlook = Self.outlook(.meanLatency)
    let gap = Self.gap(outlook, times: times)
    for change in [outlook.margin + gap, outlook.margin - gap] {
      #expect(isClose(try #require(outlook.timesTheTraffic(for: change)), times, within: 1e-5))
    }
  }

  @Test("What is decided by now takes no more traffic, what takes a million times as much takes forever")
  func ends() throws {
    let outlook = Self.outlook(.meanLatency)
    let now = outlook.margin + 2 * Self.gap(outlook, times: 1)
    #expect(isClose(try #require(outlook.timesTheTraffic(for: now)), 1, within: 1e-5))
    let most = Self.gap(outlook, times: 1e6)
    #expect(isClose(try #require(outlook.timesTheTraffic(for: outlook.margin + most * 1.000_001)), 1e6, within: 1e-4))
    #expect(outlook.timesTheTraffic(for: outlook.margin + most * 0.999_999) == nil)
    #expect(outlook.timesTheTraffic(for: outlook.margin) == nil)
  }
}
