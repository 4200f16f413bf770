import Statistics
import Testing

/// How much traffic it takes to see harm of a given size, by the code that sees it.
@Suite struct PowerCurveTests {
  struct Curve: Sendable {
    let measure: Measure
    /// The share of legacy.
    let legacy: Double
    /// In points; of conversations, per cent of legacy's.
    let effects: [Double]
  }

  static let curves = [
    Curve(measure: .errorRate, legacy: 0.001, effects: [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10]),
    Curve(measure: .slowRequests, legacy: 0.05, effects: [0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20]),
    Curve(measure: .slowestRequests, legacy: 0.01, effects: [0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20]),
    Curve(measure: .conversationsCreated, legacy: 0.05, effects: [25, 30, 35, 40, 50, 60, 70, 80, 90]),
  ]
  /// Requests vary twice as much as those of as many independent users would.
  private static let designEffect = 2.0

  private func estimate(_ ratio: Double, units: Double) -> RatioEstimate {
    RatioEstimate(
      ratio: ratio, variance: Self.designEffect * ratio * (1 - ratio) / units, clusters: 1_024, units: units,
      effectiveUnits: units)
  }

  /// Whether the guardrail would be harmful in four of five cases.
  private func isFound(_ curve: Curve, effect: Double, share: Double, requests: Double) -> Bool {
    let settings = GuardrailSettings()
    let isLoss = curve.measure == .conversationsCreated
    let unified = isLoss ? curve.legacy * (1 - effect / 100) : curve.legacy + effect / 100
    let pooled = (1 - share) * curve.legacy + share * unified
    let contrast = Contrast(
      legacy: estimate(curve.legacy, units: requests * (1 - share)),
      unified: estimate(unified, units: requests * share), unitVariance: pooled * (1 - pooled), measure: curve.measure)
    let width = settings.sequence.halfWidth(standardError: contrast.standardError, units: contrast.units)
    return requests * share >= Double(settings.minimumRequests)
      && abs(contrast.difference) - width - 0.8416 * contrast.standardError > settings.margin(of: curve.measure)
  }

  private func requests(_ curve: Curve, effect: Double, share: Double) -> Double {
    var low = 1.0
    var high = 1e10
    for _ in 0..<60 {
      let middle = (low * high).squareRoot()
      if isFound(curve, effect: effect, share: share, requests: middle) { high = middle } else { low = middle }
    }
    return high.rounded()
  }

  @Test("The plotted power is that of the code", arguments: curves)
  func plotted(curve: Curve) throws {
    let rows = curve.effects.map { effect in
      [0.1, 0.5].map { requests(curve, effect: effect, share: $0) }.reduce("\(effect)") { "\($0),\($1)" }
    }
    try PlotData.check("power-\(curve.measure.rawValue)", header: "effect,split10,split50", rows: rows, within: 0.01)
  }

  @Test("Larger harm is found with fewer requests, and an even split needs fewer", arguments: curves)
  func order(curve: Curve) {
    let ten = curve.effects.map { requests(curve, effect: $0, share: 0.1) }
    let fifty = curve.effects.map { requests(curve, effect: $0, share: 0.5) }
    #expect(ten == ten.sorted(by: >))
    #expect(zip(ten, fifty).allSatisfy { $0 > $1 })
  }
}
