import Testing

@testable import Proxy

@Suite struct JWTClaimTests {
  private static let payload = base64url(Array(#"{"sub":"anna"}"#.utf8))

  @Test(
    "The payload of the one bearer token names the user",
    arguments: [
      "Authorization: Bearer h.\(payload).s", "authorization: bearer h.\(payload).s",
      "AUTHORIZATION: BEARER h.\(payload).s", "Authorization: Bearer .\(payload).",
      "Authorization: Bearer h.\(payload).s.t.u",
    ])
  func found(line: String) throws {
    #expect(try identify([.jwtClaim("sub")], line).text == "anna")
  }

  @Test(
    "What is no bearer token with a payload in base64url names nobody",
    arguments: [
      "Authorization: Basic h.\(payload).s", "Authorization: h.\(payload).s", "Authorization: Bearer", "Authorization:",
      "Authorization: Bearerh.\(payload).s", "Authorization: Bearer\th.\(payload).s",
      "Authorization: Bearer \(payload)",
      "Authorization: Bearer h.\(payload)", "Authorization: Bearer h..s", "Authorization: Bearer h.\(payload)=.s",
      "Authorization: Bearer h.\(payload)==.s", "Authorization: Bearer h.+\(payload).s",
      "Authorization: Bearer h./\(payload).s", "Authorization: Bearer h. \(payload).s", "Authorization: Bearer h.!.s",
      "Authorization: Bearer h.e30.s", "X-Authorization: Bearer h.\(payload).s",
    ])
  func refused(line: String) throws {
    #expect(try identify([.jwtClaim("sub")], line).key == nil)
  }

  @Test("Two Authorization lines name nobody")
  func twoLines() throws {
    let line = "Authorization: Bearer h.\(Self.payload).s"
    #expect(try identify([.jwtClaim("sub")], line, line).key == nil)
    #expect(try identify([.jwtClaim("sub")], line, "Authorization: Basic x").key == nil)
  }

  @Test("Every byte of the alphabet is decoded, at every length of the payload", arguments: 0..<12)
  func lengths(padding: Int) throws {
    // Both characters that base64url has of its own occur in it.
    let value = "\u{3FF}ü😀\u{FFFD}" + String(repeating: "~?>", count: 8) + String(repeating: "x", count: padding)
    #expect(base64url(Array(value.utf8)).contains("_"))
    #expect(try identify([.jwtClaim("sub")], bearer("{\"sub\":\"\(value)\"}")).text == value)
  }

  @Test("An empty claim and one of more than one value name nobody")
  func values() throws {
    #expect(try identify([.jwtClaim("sub")], bearer(#"{"sub":""}"#)).key == nil)
    #expect(try identify([.jwtClaim("sub")], bearer(#"{"sub":"a","sub":"a"}"#)).key == nil)
    #expect(try identify([.jwtClaim("sub")], bearer(#"{"sub":7}"#)).text == "7")
    #expect(try identify([.jwtClaim("email")], bearer(#"{"sub":"a","email":"e"}"#)).text == "e")
  }

  @Test("A reader serves one request after another, and keeps nothing of the last")
  func again() throws {
    let sources: [UserKeySettings.Source] = [.jwtClaim("sub"), .jwtClaim("email")]
    #expect(try identify(sources, bearer(#"{"sub":"a","sub":"b","email":"e"}"#)).text == "e")
    #expect(try identify(sources, bearer(#"{"sub":"\ud83d","email":"e"}"#)).text == "e")
  }
}
