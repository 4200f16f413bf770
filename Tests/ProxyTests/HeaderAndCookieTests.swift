import Testing

@testable import Proxy

@Suite struct HeaderAndCookieTests {
  @Test(
    "A header names the user when it is there once with 1 to 256 bytes",
    arguments: [
      (["X-User-Id: anna"], "anna"), (["x-user-ID:anna"], "anna"), (["X-User-Id:  anna b \t"], "anna b"),
      (["X-User-Id: \"anna\""], "\"anna\""), (["X-User-Id:"], nil), ([], nil), (["X-User-Idx: anna"], nil),
      (["X-User-Id: anna", "X-User-Id: anna"], nil), (["X-User-Id: anna", "x-user-id:"], nil),
      (["X-User-Id: ü"], "ü"),
    ] as [([String], String?)])
  func header(lines: [String], key: String?) throws {
    #expect(try identify([.header("X-User-Id")], lines: lines).text == key)
  }

  @Test("The longest key has 256 bytes, from any source", arguments: [1, 255, 256, 257, 300])
  func longest(count: Int) throws {
    let key = String(repeating: "k", count: count)
    let expected = count <= 256 ? key : nil
    #expect(try identify([.header("X-User-Id")], "X-User-Id: \(key)").text == expected)
    #expect(try identify([.cookie("u")], "Cookie: u=\"\(key)\"").text == expected)
    #expect(try identify([.query("u")], target: "/?u=\(key)").text == expected)
    let encoded = String(repeating: "%6b", count: count)
    #expect(try identify([.query("u")], target: "/?u=\(encoded)").text == expected)
    let token = bearer("{\"sub\":\"\(key)\"}")
    #expect(try identify([.jwtClaim("sub")], token).text == expected)
  }

  @Test(
    "A cookie names the user when it is there once, with or without quotes, in one line or several",
    arguments: [
      (["Cookie: u=anna"], "anna"), (["Cookie: a=b; u=anna; c=d"], "anna"), (["Cookie: a=b;u=anna;c=d"], "anna"),
      (["cookie: a=b", "Cookie: u=anna"], "anna"), (["Cookie: u=\"anna\""], "anna"), (["Cookie: u=\"\""], nil),
      (["Cookie: u=\""], "\""), (["Cookie: u=\"anna"], "\"anna"), (["Cookie: u="], nil), (["Cookie: u"], nil),
      (["Cookie: u=a=b"], "a=b"), (["Cookie: u=%41"], "%41"), (["Cookie: U=anna"], nil), (["Cookie: xu=anna"], nil),
      (["Cookie: ux=anna"], nil), (["Cookie: x=u=anna"], nil), (["Cookie: u=a; u=a"], nil), (["Cookie: u=a; u=b"], nil),
      (["Cookie: u=a", "Cookie: u=a"], nil), (["Cookie: u; u=a"], nil), (["Cookie: ;; ;u=anna;"], "anna"),
      (["Cookie:"], nil), (["X-Cookie: u=anna"], nil),
    ] as [([String], String?)])
  func cookie(lines: [String], key: String?) throws {
    #expect(try identify([.cookie("u")], lines: lines).text == key)
  }

  @Test("The sources are asked in order, and one that yields no key or two is passed over")
  func order() throws {
    let sources: [UserKeySettings.Source] = [.header("X-User-Id"), .cookie("u"), .query("u")]
    let all = try identify(sources, target: "/?u=query", "X-User-Id: header", "Cookie: u=cookie")
    #expect(all.text == "header")
    #expect(try identify(sources, target: "/?u=query", "Cookie: u=cookie").text == "cookie")
    #expect(try identify(sources, target: "/?u=query", "X-User-Id: a", "X-User-Id: b", "Cookie: u=c").text == "c")
    #expect(try identify(sources, target: "/?u=query", "X-User-Id:", "Cookie: u=c; u=c").text == "query")
    #expect(try identify(sources, target: "/").text == nil)
    #expect(try identify(sources.reversed(), target: "/?u=query", "X-User-Id: header").text == "query")
  }

  @Test("The cookie that the proxy sets for the anonymous is asked last, and only when it sets one")
  func anonymousCookie() throws {
    let line = "Cookie: turnout_id=0123"
    #expect(try identify([.header("X-User-Id")], anonymous: .cookie, line).text == "0123")
    #expect(try identify([.header("X-User-Id")], anonymous: .cookie, line, "X-User-Id: anna").text == "anna")
    #expect(try identify([.header("X-User-Id")], anonymous: .legacy, line).text == nil)
    #expect(try identify([.header("X-User-Id")], anonymous: .address, line).text == nil)
  }
}
