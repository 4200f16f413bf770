import Testing

@testable import Flags

@Suite struct PercentageTests {
  @Test(
    "A percentage with up to three decimals becomes a whole threshold, and its shortest text",
    arguments: [
      (0, 0, "0"), (0.001, 1, "0.001"), (0.01, 10, "0.01"), (0.1, 100, "0.1"), (1, 1_000, "1"), (10, 10_000, "10"),
      (12.5, 12_500, "12.5"), (33.333, 33_333, "33.333"), (50.05, 50_050, "50.05"), (99.999, 99_999, "99.999"),
      (100, 100_000, "100"), (-0.0, 0, "0"),
    ] as [(Double, Int, String)])
  func valid(number: Double, threshold: Int, text: String) throws {
    let percentage = try Percentage(number)
    #expect(percentage.threshold == threshold)
    #expect(percentage.description == text)
  }

  @Test("Every threshold survives being written and read")
  func everyThreshold() throws {
    for threshold in 0...100_000 {
      let percentage = try #require(Percentage(threshold: threshold))
      let number = try #require(Double(percentage.description))
      let read = try Percentage(number)
      if read != percentage { Issue.record("\(threshold) became \(read.threshold)") }
    }
  }

  @Test(
    "What is no percentage is refused",
    arguments: [
      (.nan, .notFinite), (.infinity, .notFinite), (-.infinity, .notFinite), (-1, .outOfRange(-1)),
      (-0.001, .outOfRange(-0.001)), (101, .outOfRange(101)), (100.001, .outOfRange(100.001)),
      (1e300, .outOfRange(1e300)),
      (0.0001, .tooManyDecimals(0.0001)), (12.3456, .tooManyDecimals(12.3456)), (99.9999, .tooManyDecimals(99.9999)),
      (1e-300, .tooManyDecimals(1e-300)),
    ] as [(Double, PercentageError)])
  func invalid(number: Double, error: PercentageError) {
    #expect(throws: error) { try Percentage(number) }
  }

  @Test("A threshold outside 0 to 100 000 is none")
  func thresholds() {
    #expect(Percentage(threshold: -1) == nil)
    #expect(Percentage(threshold: 100_001) == nil)
    #expect(Percentage(threshold: 100_000) == .full)
  }
}
