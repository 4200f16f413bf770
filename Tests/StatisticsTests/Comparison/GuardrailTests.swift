import Statistics
import Testing

@Suite("Guardrails that nobody changed")
struct GuardrailTests {
  private static let margins: [(measure: Measure, margin: Double)] = [
    (.errorRate, 0.001), (.slowRequests, 0.005), (.slowestRequests, 0.005), (.meanLatency, 100e6),
    (.conversationsCreated, 0.2),
  ]

  @Test("Each measure has the margin of the manual")
  func margins() {
    #expect(Self.margins.map(\.measure) == Measure.allCases)
    for (measure, margin) in Self.margins { #expect(GuardrailSettings().margin(of: measure) == margin) }
  }

  @Test("One false alarm in twenty is shared by five measures, and a verdict needs 200 requests of 20 users")
  func chances() {
    let settings = GuardrailSettings()
    #expect(settings.sequence.alpha == 0.01)
    #expect(settings.sequence.tuningUnits == 5_000)
    #expect(settings.minimumRequests == 200)
    #expect(settings.minimumClusters == 20)
  }

  @Test("Only conversations are measured against legacy's and better above; only durations are no share")
  func kinds() {
    #expect(Measure.allCases.filter(\.isRelative) == [.conversationsCreated])
    #expect(Measure.allCases.filter { !$0.isWorseAbove } == [.conversationsCreated])
    #expect(Measure.allCases.filter { !$0.isProportion } == [.meanLatency])
  }
}
