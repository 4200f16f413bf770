import Testing

@testable import Proxy

/// The upstream must see the user that was decided on, and no other.
@Suite struct KeyProtectionTests {
  private static let header: [UserKeySettings.Source] = [.header("X-User-Id")]

  @Test("A user header that Connection names is used and kept; other named fields go")
  func namedInConnection() throws {
    let found = try identify(
      Self.header, "X-User-Id: anna", "X-Other: 1", "Connection: x-user-id, x-other, close")
    #expect(found == Identified(key: Array("anna".utf8), kept: ["Host", "X-User-Id"], droppedAliases: 0))
  }

  @Test("Two user headers are both kept, since neither was believed")
  func twice() throws {
    let found = try identify(Self.header, "X-User-Id: anna", "x-user-id: berta", "Connection: X-User-Id")
    #expect(found == Identified(key: nil, kept: ["Host", "X-User-Id", "x-user-id"], droppedAliases: 0))
  }

  @Test(
    "A line that spells the name with _ for - is dropped, counted and not believed",
    arguments: [
      ("X_User-Id", 1), ("X-User_Id", 1), ("x_user_id", 1), ("XUser-Id-", 0), ("X-User-Ie", 0), ("X_User_Ie", 0),
    ])
  func aliases(name: String, dropped: Int) throws {
    let alone = try identify(Self.header, "\(name): berta")
    #expect(alone.key == nil)
    #expect(alone.droppedAliases == dropped)
    #expect(alone.kept == (dropped > 0 ? ["Host"] : ["Host", name]))
    let beside = try identify(Self.header, "\(name): berta", "X-User-Id: anna")
    #expect(beside.text == "anna")
    #expect(beside.droppedAliases == dropped)
    #expect(beside.kept == (dropped > 0 ? ["Host", "X-User-Id"] : ["Host", name, "X-User-Id"]))
  }

  @Test("An alias is counted once, also when two sources or Connection would drop it")
  func countedOnce() throws {
    let sources: [UserKeySettings.Source] = [.header("X-User-Id"), .header("x-user-id")]
    #expect(try identify(sources, "X_User_Id: berta").droppedAliases == 1)
    let named = try identify(Self.header, "X_User_Id: berta", "Connection: X_User_Id")
    #expect(named.droppedAliases == 0)
    #expect(named.kept == ["Host"])
  }

  @Test("A name without - has no aliases, and other sources protect no header")
  func noAliases() throws {
    #expect(try identify([.header("UserId")], "User_Id: berta").kept == ["Host", "User_Id"])
    let cookie = try identify([.cookie("x-user-id")], "X_User_Id: a", "X-User-Id: b", "Connection: X-User-Id")
    #expect(cookie == Identified(key: nil, kept: ["Host", "X_User_Id"], droppedAliases: 0))
  }

  @Test("A cookie or token that Connection takes out of the request names nobody")
  func notForwarded() throws {
    let cookie = try identify([.cookie("u")], "Cookie: u=anna", "Connection: cookie")
    #expect(cookie == Identified(key: nil, kept: ["Host"], droppedAliases: 0))
    let token = try identify([.jwtClaim("sub")], bearer("{\"sub\":\"anna\"}"), "Connection: authorization")
    #expect(token == Identified(key: nil, kept: ["Host"], droppedAliases: 0))
  }
}
