import Testing

@testable import Proxy

@Suite struct QueryKeyTests {
  @Test(
    "A parameter names the user when it is there once, decoded as forms encode it",
    arguments: [
      ("/?u=anna", "anna"), ("/x?a=b&u=anna&c=d", "anna"), ("/?u=anna+b%20c", "anna b c"),
      ("/?u=%C3%BC%c3%bc", "üü"), ("/?u=a=b", "a=b"), ("/?u=a;b", "a;b"), ("/?u=%26%3D", "&="), ("/?u=\"a\"", "\"a\""),
      ("/?u=", nil), ("/?u", nil), ("/?U=anna", nil), ("/?xu=anna", nil), ("/?ux=anna", nil), ("/?x=u=anna", nil),
      ("/u=anna", nil), ("/", nil), ("/?", nil), ("/?u=a&u=a", nil), ("/?u=a&u", nil), ("/?&&u=anna&", "anna"),
      ("/?a?u=anna", nil), ("http://a.example/?u=anna", "anna"), ("http://a.example?u=anna", "anna"),
    ] as [(String, String?)])
  func query(target: String, key: String?) throws {
    #expect(try identify([.query("u")], target: target).text == key)
  }

  @Test(
    "A percent sign that no two digits follow stands for itself",
    arguments: [
      ("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%g4", "%g4"), ("%%41", "%A"), ("a%2", "a%2"), ("%2%41", "%2A"),
    ])
  func notEncoded(value: String, key: String) throws {
    #expect(try identify([.query("u")], target: "/?u=\(value)").text == key)
  }

  @Test("Decoded bytes are the key as they are, zero and line ends included")
  func anyByte() throws {
    let encoded = (UInt8.min ... .max).map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(try identify([.query("u")], target: "/?u=\(encoded)").key == Array(UInt8.min ... .max))
  }

  @Test("A parameter whose name is percent-encoded is the same parameter")
  func encodedName() throws {
    #expect(try identify([.query("user")], target: "/?us%65r=anna").text == "anna")
    #expect(try identify([.query("user[id]")], target: "/?user%5Bid%5D=anna").text == "anna")
    #expect(try identify([.query("user")], target: "/?user=anna&us%65r=berta").text == nil)
  }
}
