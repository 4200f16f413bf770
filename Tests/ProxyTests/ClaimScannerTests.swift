import Testing

@testable import Proxy

@Suite struct ClaimScannerTests {
  @Test(
    "A string or an integer at the top level is found, wherever it stands",
    arguments: [
      (#"{"sub":"anna"}"#, "anna"), (#" { "sub" : "anna" } "#, "anna"), ("\t\r\n{\"sub\"\n:\t\"anna\"\r}", "anna"),
      (#"{"a":1,"sub":"anna","b":[]}"#, "anna"), (#"{"sub":42}"#, "42"), (#"{"sub":-7}"#, "-7"), (#"{"sub":0}"#, "0"),
      (#"{"sub":123456789012345678901234567890}"#, "123456789012345678901234567890"), (#"{"sub":""}"#, ""),
      (#"{"a":{"sub":"inner"},"sub":"outer"}"#, "outer"), (#"{"a":[{"sub":"x"}],"sub":"outer"}"#, "outer"),
      (#"{"a":"\"sub\":\"x\"","sub":"anna"}"#, "anna"), (#"{"a":true,"b":null,"c":-1.5e+3,"sub":"anna"}"#, "anna"),
      (#"{"a":[],"b":{},"c":[[],{}],"sub":"anna"}"#, "anna"), (#"{"a":"}]","sub":"anna"}"#, "anna"),
    ] as [(String, String)])
  func found(json: String, value: String) {
    #expect(Scanned(json).text == value)
  }

  @Test(
    "Escapes are decoded, surrogate pairs to one character",
    arguments: [
      (#"\"\\\/"#, "\"\\/"), (#"\b\f\n\r\t"#, "\u{8}\u{c}\n\r\t"), (#"\u0041\u00fc\u20AC"#, "Aü€"),
      (#"\ud83d\ude00"#, "😀"), (#"\uD83D\uDE00x"#, "😀x"), (#"\u0000"#, "\0"), (#"\udbff\udfff"#, "\u{10FFFF}"),
      (#"\ud800\udc00"#, "\u{10000}"), (#"ü😀"#, "ü😀"), (#"\uffff"#, "\u{FFFF}"),
    ] as [(String, String)])
  func escapes(written: String, value: String) {
    #expect(Scanned("{\"sub\":\"\(written)\"}").text == value)
  }

  @Test(
    "An escape that means nothing yields no claim",
    arguments: [
      #"\q"#, #"\u"#, #"\u12"#, #"\u12g4"#, #"\u 123"#, #"\U0041"#, #"\ud83d"#, #"\ud83dx"#, #"\ud83d\n"#,
      #"\ud83d\u0041"#, #"\ud83d\ud83d"#, #"\ude00"#, #"\ude00\ud83d"#, #"\ud83d\ude0"#, #"\ud83d\u"#, #"\ud83d\"#,
    ])
  func brokenEscapes(written: String) {
    #expect(Scanned("{\"sub\":\"\(written)\"}").occurrences == 0)
  }

  @Test(
    "What is no string and no integer is no claim",
    arguments: [
      "true", "false", "null", "1.5", "1e5", "{}", "[]", "[\"anna\"]", "{\"sub\":\"x\"}", "+1", "'x'", "anna",
    ])
  func otherValues(value: String) {
    #expect(Scanned("{\"sub\":\(value)}").occurrences == 0)
  }

  @Test(
    "A claim that is there twice is counted twice, with whatever values",
    arguments: [
      (#"{"sub":"a","sub":"a"}"#, 2), (#"{"sub":"a","x":1,"sub":2}"#, 2), (#"{"sub":1,"sub":1,"sub":1}"#, 3),
      (#"{"sub":"a","sub":null}"#, 0), (#"{"sub":"a","Sub":"b"}"#, 1), (#"{"sub":"a","subs":"b"}"#, 1),
      (#"{"x":"sub"}"#, 0), (#"{}"#, 0),
    ] as [(String, Int)])
  func duplicates(json: String, occurrences: Int) {
    #expect(Scanned(json).occurrences == occurrences)
  }

  @Test("Every beginning of an object yields no claim but the whole")
  func prefixes() {
    let json = Array(#"{"a":[1,{"b":"\u00fc"}],"sub":"anna","c":{"d":null}}"#.utf8)
    for count in 0..<json.count { #expect(Scanned(Array(json[..<count])).occurrences == 0, "first \(count) bytes") }
    #expect(Scanned(json).text == "anna")
  }

  @Test(
    "A claim of another name is found by that name",
    arguments: ["email", "https://a.example/user", "a.b", "üser"])
  func names(claim: String) {
    let json = "{\"sub\":\"x\",\"\(claim)\":\"anna\"}"
    #expect(Scanned(json, claim: claim).text == "anna")
  }
}
