import Testing

@testable import Proxy

@Suite struct MalformedClaimTests {
  @Test(
    "A malformed object yields no claim",
    arguments: [
      "", " ", "null", "\"sub\"", "[\"sub\",\"x\"]", "{", "}", #"{"sub"}"#, #"{"sub":}"#, #"{"sub":"x""#,
      #"{"sub":"x",}"#, #"{,"sub":"x"}"#, #"{"sub":"x";}"#, #"{"sub" "x"}"#, #"{"sub"="x"}"#, #"{sub:"x"}"#,
      #"{'sub':'x'}"#, #"{"sub":"x" "a":1}"#, #"{"a" "sub":"x"}"#, #"{"a":,"sub":"x"}"#, #"{"a":[1,],"sub":"x"}"#,
      #"{"a":[1 2],"sub":"x"}"#, #"{"a":{"b"},"sub":"x"}"#, #"{"a":{"b":1,},"sub":"x"}"#, #"{"a":[1},"sub":"x"}"#,
      #"{"a":{"b":1],"sub":"x"}"#, #"{"a":"#, #"{"sub":"x]"#, #"{"sub":"x\"}"#, "{\"sub\":\"x\ny\"}",
      "{\"a\":\"\u{1}\",\"sub\":\"x\"}", "{\"a\":\"\\", "{\"sub\":\"\u{1f}\"}", "\u{FEFF}{\"sub\":\"x\"}",
    ])
  func malformed(json: String) {
    #expect(Scanned(json).occurrences == 0)
  }

  @Test(
    "Numbers, literals and escapes that JSON does not have yield no claim either, nor does text behind the object",
    arguments: [
      #"{"sub":-}"#, #"{"sub":007}"#, #"{"sub":-01}"#, #"{"a":nope,"sub":"x"}"#, #"{"a":1.2.3,"sub":"x"}"#,
      #"{"a":+1,"sub":"x"}"#, #"{"a":"\q","sub":"x"}"#, #"{"\q":1,"sub":"x"}"#, #"{"sub":"x"}}"#, #"{"sub":"x"}{}"#,
    ])
  func notJSON(json: String) {
    #expect(Scanned(json).occurrences == 0)
  }

  @Test("Arrays and objects may be nested 32 deep, not deeper", arguments: [("[", "]"), (#"{"a":"#, "}")])
  func nesting(opening: String, closing: String) {
    func nested(_ depth: Int) -> String {
      let open = String(repeating: opening, count: depth - 1) + opening.prefix(1)
      return "{\"a\":" + open + String(repeating: closing, count: depth) + ",\"sub\":\"x\"}"
    }
    #expect(Scanned(nested(32)).text == "x")
    #expect(Scanned(nested(33)).occurrences == 0)
    #expect(Scanned(nested(5_000)).occurrences == 0)
  }

  @Test("A value longer than the key's room is counted, and the writer says that it did not fit")
  func longValue() {
    #expect(Scanned("{\"sub\":\"\(String(repeating: "k", count: 5_000))\"}").occurrences == 1)
  }
}
