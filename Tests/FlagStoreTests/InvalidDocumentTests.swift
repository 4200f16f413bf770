import Flags
import Testing

@testable import FlagStore

@Suite struct InvalidDocumentTests {
  static let percentage = "a number from 0 to 100 with at most three decimals"

  /// Text of the file, where the fault is, and parts of its message.
  static let cases: [(String, String, [String])] = [
    // Values.
    ("{\"F\": NaN}", ":1:7", ["found NaN", "a value"]),
    ("{\"F\": Infinity}", ":1:7", ["found Infinity"]),
    ("{\"F\": -Infinity}", ":1:8", ["found \"I\"", "a digit"]),
    ("{\"F\": -1}", ":1:7", ["flag \"F\"", "found -1", percentage, "write 0 for nobody"]),
    ("{\"F\": 101}", ":1:7", ["flag \"F\"", "found 101", percentage]),
    ("{\"F\": 1e400}", ":1:7", ["found 1e400", percentage]),
    ("{\"F\": 12.3456}", ":1:7", ["found 12.3456", "the smallest step is 0.001"]),
    ("{\n  \"F\": {\n    \"percentage\": 100.001}}", ":3:19", ["flag \"F\", key \"percentage\"", "found 100.001"]),
    // Types.
    ("{\"F\": \"10\"}", ":1:7", ["found the text \"10\"", "write it without quotes: 10"]),
    ("{\"F\": null}", ":1:7", ["found null", "a percentage, true, false or an object"]),
    ("{\"F\": []}", ":1:7", ["found a list"]),
    (
      "{\"F\": {\"percentage\": \"10\"}}", ":1:22",
      ["key \"percentage\"", "found the text \"10\"", "without quotes: 10"]
    ),
    ("{\"F\": {\"percentage\": true}}", ":1:22", ["found true"]),
    ("{\"F\": {\"percentage\": 1, \"enabled\": 1}}", ":1:36", ["key \"enabled\"", "found 1", "true or false"]),
    ("{\"F\": {\"percentage\": 1, \"enabled\": \"true\"}}", ":1:36", ["without quotes: true"]),
    ("{\"F\": {\"percentage\": 1, \"allow\": \"x\"}}", ":1:34", ["key \"allow\"", "a list of user keys"]),
    ("{\"F\": {\"percentage\": 1, \"allow\": [42]}}", ":1:35", ["found 42", "write it in quotes: \"42\""]),
    ("{\"F\": {\"percentage\": 1, \"deny\": [\"\"]}}", ":1:34", ["key \"deny\"", "found 0 bytes", "1 to 256 bytes"]),
    ("{\"F\": {\"percentage\": 1, \"revision\": 1.5}}", ":1:37", ["key \"revision\"", "a whole number"]),
    ("{\"F\": {\"percentage\": 1, \"revision\": -1}}", ":1:37", ["found -1"]),
    ("{\"F\": {\"percentage\": 1, \"revision\": 99999999999999999999}}", ":1:37", ["a whole number"]),
    ("{\"F\": {\"percentage\": 1, \"reason\": null}}", ":1:35", ["key \"reason\"", "found null"]),
    (
      "{\"F\": {\"percentage\": 1, \"hash\": \"unlaesh\"}}", ":1:33",
      [
        "key \"hash\"", "found the text \"unlaesh\"",
        "one of turnout, unleash, flagd, growthbook, launchdarkly, split_clients", "did you mean \"unleash\"?",
      ]
    ),
    ("{\"F\": {\"percentage\": 1, \"hash\": \"split-clients\"}}", ":1:33", ["did you mean \"split_clients\"?"]),
    ("{\"F\": {\"percentage\": 1, \"hash\": \"md5\"}}", ":1:33", ["name the system", "or remove the key"]),
    ("{\"F\": {\"percentage\": 1, \"hash\": 1}}", ":1:33", ["found 1", "one of turnout, unleash"]),
    ("{\"F\": {\"percentage\": 1, \"hash\": \"Flagd\"}}", ":1:33", ["did you mean \"flagd\"?"]),
    ("[]", ":1:1", ["found a list", "a JSON object of flags"]),
    ("10", ":1:1", ["found 10", "a JSON object of flags"]),
    // Keys.
    ("{\"F\": {\"percentge\": 1}}", ":1:8", ["key \"percentge\"", "did you mean \"percentage\"?"]),
    (
      "{\"F\": {\"percentage\": 1, \"colour\": 1}}", ":1:25",
      ["key \"colour\"", "remove it", "one of enabled, hard, percentage"]
    ),
    ("{\"F\": {}}", ":1:7", ["key \"percentage\"", "found nothing", "add \"percentage\": 0"]),
    ("{\"F\": 1,\n \"F\": 2}", ":2:2", ["flag \"F\"", "it twice", "each flag once"]),
    ("{\"F\": {\"percentage\": 1, \"percentage\": 1}}", ":1:25", ["key \"percentage\"", "it twice"]),
    ("{\"F\": {\"percentage\": 1, \"p\\u0065rcentage\": 1}}", ":1:25", ["it twice"]),
    ("{\"\": 1}", ":1:2", ["1 to 128 of the characters"]),
    ("{\"A B\": 1}", ":1:2", ["flag \"A B\"", "rename"]),
    ("{\"Ä\": 1}", ":1:2", ["rename"]),
    // Syntax.
    ("", "", ["found an empty text", "write { \"FLAG\": 0 }"]),
    (" \n\t", "", ["found an empty text"]),
    ("{", ":1:2", ["found the end of the file", "a name in double quotes"]),
    ("{\"F\": 1", ":1:8", ["found the end of the file", "\",\" or \"}\""]),
    ("{\"F\" 1}", ":1:6", ["found \"1\"", "\":\""]),
    ("{\"F\": 1,}", ":1:9", ["found \"}\"", "remove the comma"]),
    ("{\"F\": 1 \"G\": 2}", ":1:9", ["separate members with a comma"]),
    ("{'F': 1}", ":1:2", ["found \"'\"", "double quotes"]),
    ("{\"F\": 1} x", ":1:10", ["found \"x\"", "the end of the file"]),
    ("{\"F\": 01}", ":1:8", ["leading zero"]),
    ("{\"F\": .5}", ":1:7", ["found \".\""]),
    ("{\"F\": 5.}", ":1:9", ["a digit"]),
    ("{\"F\": +5}", ":1:7", ["found \"+\""]),
    ("{\"F\": 1e}", ":1:9", ["a digit"]),
    ("{\"F\": tru}", ":1:7", ["found tru,"]),
    ("{\"F\": True}", ":1:7", ["found True,"]),
    ("// comment\n{}", ":1:1", ["found \"/\""]),
    ("{\"F\": 1, // x\n}", ":1:10", ["found \"/\""]),
    ("{\"F", ":1:4", ["the closing quote of the text from line 1"]),
    ("{\"F\n\": 1}", ":1:4", ["the control character 0xa"]),
    ("{\"\\x\": 1}", ":1:3", ["one of"]),
    ("{\"\\ud800\": 1}", ":1:3", ["four hexadecimal digits"]),
    ("{\"\\ud800\\u0041\": 1}", ":1:3", ["four hexadecimal digits"]),
    ("{\"\\udc00\": 1}", ":1:3", ["four hexadecimal digits"]),
    ("{\"\\u00g0\": 1}", ":1:3", ["four hexadecimal digits"]),
    ("{\"\\u00", ":1:3", ["four hexadecimal digits"]),
    ("{\"ü😀\" x}", ":1:7", ["found \"x\""]),
    ("\u{FEFF}{}", ":1:1", ["a byte order mark", "UTF-8 without one"]),
    (String(repeating: "[", count: 100_000), ":1:17", ["at most 16 levels"]),
    (String(repeating: "{\"a\":", count: 100_000), "", ["at most 16 levels"]),
    ("{\"F\": \(String(repeating: "1", count: 65))}", ":1:7", ["at most 64 characters"]),
  ]

  @Test("A fault is told with its place, what was found, what was expected and what to do", arguments: cases)
  func fault(text: String, place: String, parts: [String]) throws {
    let error = try #require(throws: FlagStoreError.self) { try FlagDocument(text) }
    let message = error.description
    #expect(
      message.hasPrefix("flags.json\(place): ") || place.isEmpty && message.hasPrefix("flags.json:"), "\(message)")
    for part in parts { #expect(message.contains(part), "\(message)") }
    #expect(message.contains(", expected "), "\(message)")
    #expect(message.contains("; "), "\(message)")
  }

  @Test(
    "Bytes that are no UTF-8 are refused where they are",
    arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xC0, 0xAF]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) throws {
    let text = Array("{\n\"F\": {\"percentage\": 1, \"reason\": \"".utf8) + bytes + Array("\"}}".utf8)
    let error = try #require(throws: FlagStoreError.self) { try FlagDocument(parsing: text, file: "f") }
    #expect(error.description.hasPrefix("f:2:35: found the byte 0x"), "\(error)")
  }

  @Test("What is longer than its limit is refused, and what is as long is taken")
  func limits() throws {
    func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    let cases: [(String, String)] = [
      ("{\"\(text(128))\": 1}", "{\"\(text(129))\": 1}"),
      (
        "{\"F\": {\"percentage\": 1, \"salt\": \"\(text(256))\"}}",
        "{\"F\": {\"percentage\": 1, \"salt\": \"\(text(257))\"}}"
      ),
      (
        "{\"F\": {\"percentage\": 1, \"allow\": [\"\(text(256))\"]}}",
        "{\"F\": {\"percentage\": 1, \"allow\": [\"\(text(257))\"]}}"
      ),
      (
        "{\"F\": {\"percentage\": 1, \"reason\": \"\(text(1_024))\"}}",
        "{\"F\": {\"percentage\": 1, \"reason\": \"\(text(1_025))\"}}"
      ),
      (
        "{\((0..<1_024).map { "\"F\($0)\": 1" }.joined(separator: ","))}",
        "{\((0..<1_025).map { "\"F\($0)\": 1" }.joined(separator: ","))}"
      ),
    ]
    for (good, bad) in cases {
      #expect(throws: Never.self) { try FlagDocument(good) }
      #expect(throws: FlagStoreError.self) { try FlagDocument(bad) }
    }
    let large = "{}" + text(FlagLimits.fileBytes).replacing("x", with: " ")
    #expect(throws: FlagStoreError.self) { try FlagDocument(large) }
    let values = "[\(String(repeating: "1,", count: 1_000_000))1]"
    #expect(throws: FlagStoreError.self) { try FlagDocument(values) }
  }
}
