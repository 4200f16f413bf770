import Bytes
import Testing

@Suite struct FixedBytesTests {
  @Test("The bytes are those it was made of", arguments: ["", "a", "X-Turnout-Cohort", "ü\u{0}é"])
  func roundTrip(text: String) {
    let fixed = FixedBytes(text)
    #expect(string(fixed.bytes) == text)
    #expect(fixed.count == text.utf8.count)
    #expect(fixed.isEmpty == text.isEmpty)
    var writer = ByteWriter(capacity: 64)
    writer.append(fixed)
    #expect(string(writer.bytes) == text)
  }
}
