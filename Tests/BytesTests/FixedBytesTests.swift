import Bytes
import Testing

@Suite struct FixedBytesTests {
  @Test("The bytes are those it was made of", arguments: ["", "a", "X-Turnout-Cohort", "ü\u{0}é"])
  func roundTrip(text: String) {
    let fixed = FixedBytes(text)
    #expect(string(fixed.bytes) == text)
    #expect(fixed.count == text.utf8.count)
    #expect(fixed.isEmpty == text.isEmpty)
    let copy = fixed
    #expect(string(copy.bytes) == text)
  }
}
