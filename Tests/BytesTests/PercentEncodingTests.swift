import Bytes
import Testing

@Suite struct PercentEncodingTests {
  @Test(
    "What is encoded is decoded; a percent sign without two digits and bytes that are no UTF-8 are refused",
    arguments: [
      ("", ""), ("a+b", "a+b"), ("%41%2f%2F", "A//"), ("%C3%A4", "ä"), ("100%25", "100%"), ("%", nil), ("%4", nil),
      ("%4g", nil), ("%%41", nil), ("%FF", nil), ("%C3", nil), ("%00", "\0"),
    ])
  func decode(_ text: String, _ expected: String?) {
    #expect(PercentEncoding.decode(text) == expected)
    #expect(PercentEncoding.decode(text[...]) == expected)
  }
}
