import Bytes
import Testing

@testable import Proxy

@Suite struct NameValuePairsTests {
  @Test(
    "Pairs come one after another with their names and values",
    arguments: [
      ("", []), ("  ", []), ("a=1", ["a|1"]), ("a=1;b=2", ["a|1", "b|2"]), ("a=1; \tb=2", ["a|1", "b|2"]),
      ("a;b=", ["a|", "b|"]), ("=1", ["|1"]), ("a==1", ["a|=1"]), (";a=1;", ["|", "a|1"]),
      ("a=1;;b=2", ["a|1", "|", "b|2"]),
      ("a=\"1\"", ["a|1"]), ("a=\"\"", ["a|"]), ("a=\"", ["a|\""]), ("a=\"1", ["a|\"1"]), ("a=1\"", ["a|1\""]),
    ] as [(String, [String])])
  func pairs(text: String, expected: [String]) {
    let bytes = Array(text.utf8)
    var pairs = NameValuePairs(bytes.span.bytes, separator: ASCII.semicolon)
    var found: [String] = []
    while pairs.next() { found.append("\(string(pairs.name))|\(string(pairs.unquotedValue))") }
    #expect(found == expected)
    #expect(pairs.next() == false)
  }
}
