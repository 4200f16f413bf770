/// What more traffic would bring: the smallest change that could be seen by now, and how much more is needed for a
/// verdict.
struct Outlook {
  let contrast: Contrast
  let sequence: ConfidenceSequence
  let margin: Double

  /// The quantile of the normal distribution at 0.8: four of five cases.
  private static let power = 0.841_621
  /// Beyond a million times the traffic so far there is no saying.
  private static let mostTimes = 1e6

  /// The smallest change for the worse whose lower bound would exceed the margin in four of five cases. A larger share of
  /// errors varies more itself, therefore a few rounds.
  func detectable(_ measure: Measure) -> Double {
    let widths = sequence.halfWidth(standardError: 1, units: contrast.units) + Self.power
    var change = margin + widths * contrast.standardError
    guard measure.isProportion, !measure.isRelative else { return change }
    for _ in 0..<20 { change = margin + widths * standardError(ifWorseBy: change) }
    return change
  }

  /// That of unequal proportions: unified's variance grows as p (1 - p) does.
  private func standardError(ifWorseBy change: Double) -> Double {
    let now = bernoulli(contrast.legacy.ratio)
    let then = bernoulli(contrast.legacy.ratio + change)
    let perRequest = contrast.unified.variance * contrast.unified.effectiveUnits
    let grown = max(perRequest, perRequest + then - now)
    return (contrast.legacy.variance + grown / contrast.unified.effectiveUnits).squareRoot()
  }

  private func bernoulli(_ share: Double) -> Double {
    let share = min(share, 0.5)
    return share * (1 - share)
  }

  /// How many times the traffic so far, 1 and more, brings a bound past the margin, if the difference stays and the
  /// standard error shrinks with the square root of traffic. Nil when that takes forever.
  func timesTheTraffic(for change: Double) -> Double? {
    let gap = abs(change - margin)
    func decides(_ times: Double) -> Bool {
      let error = contrast.standardError / times.squareRoot()
      return sequence.halfWidth(standardError: error, units: contrast.units * times) < gap
    }
    guard decides(Self.mostTimes) else { return nil }
    var low = 1.0
    var high = Self.mostTimes
    // The width falls as traffic grows. 60 halvings on a scale of powers are below a millionth.
    for _ in 0..<60 {
      let middle = (low * high).squareRoot()
      if decides(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
