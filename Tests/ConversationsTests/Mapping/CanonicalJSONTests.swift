import Testing

@testable import Conversations

@Suite struct CanonicalJSONTests {
  @Test(
    "values of equal meaning have equal bytes",
    arguments: [
      ("2", "2"), ("2.0", "2"), ("20e-1", "2"), ("0.2E+1", "2"), ("-0", "0"), ("-0.0e5", "0"), ("100", "100"),
      ("1e2", "100"),
      ("12.50", "12.5"), ("0.05", "0.05"), ("5e-2", "0.05"), ("-1.5", "-1.5"), ("1e21", "1e21"),
      ("1000000000000000000000", "1e21"), ("1e-21", "1e-21"), ("1e9999999999", "1e9999999999"),
      (#""a\/b\u00e9\ud83d\ude00""#, #""a/bé😀""#), (#""\u0041\"\\\n\u000A\t""#, #""A\"\\\u000a\u000a\u0009""#),
      (#""\uD83D x""#, #""\ud83d x""#), (#""\ud83d\u0041""#, #""\ud83dA""#), ("{}", "[]"), ("[ ]", "[]"),
      ("[{},null]", "[[],null]"),
      (#"{ "b":1, "a":[true , 1.0],"b":2}"#, #"{"a":[true,1],"b":2}"#), (#"{"\u0061":{"x":{}}}"#, #"{"a":{"x":[]}}"#),
    ])
  func canonical(text: String, expected: String) throws {
    let bytes = CanonicalJSON.bytes(0, of: try JSONTree(Array(text.utf8)))
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    #expect(CanonicalJSON.bytes(0, of: try JSONTree(bytes)) == bytes)
  }

  @Test("a tree refuses what the scanner refuses: text behind the value, depth, an open object")
  func refuses() {
    let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    for text in ["", "{}x", #"{"a":1"#, #"{"a" 1}"#, "[1,]", "tru", "01", "\"\u{1}\"", deep] {
      #expect(throws: JSONSyntaxError.self) { try JSONTree(Array(text.utf8)) }
    }
    #expect(throws: JSONSyntaxError.self) { try JSONTree([0x22, 0xFF, 0x22]) }
    #expect((try? JSONTree(Array(deep.dropFirst().dropLast().utf8))) != nil)
  }
}
