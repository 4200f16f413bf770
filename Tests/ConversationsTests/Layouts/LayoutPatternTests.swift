import Testing

@testable import Conversations

@Suite("The patterns of a layout match the keys of the application, and no others")
struct LayoutPatternTests {
  private static let id = "0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90"

  private func users(_ key: String, _ layout: String = "spec-012") throws -> [String] {
    try ContextRole.allCases.flatMap { role -> [String] in
      let legacy = try Layout.named(layout).roles[role]?.legacy.keys ?? []
      return legacy.compactMap { $0.match(Array(key.utf8)) }.map {
        "\(role.rawValue) \(String(decoding: $0.user, as: UTF8.self))"
      }
    }
  }

  @Test(
    "Legacy keys",
    arguments: [
      ("chat:customer:42", ["client 42"]), ("chat:customer:a:b c:é", ["client a:b c:é"]), ("chat:customer:", []),
      ("chat:customer", []), ("chat:admin:\(id)", ["admin \(id)"]), ("admin:context:7", ["admin 7"]),
      ("admin:context:", []), ("xchat:customer:42", []), ("chat:customers:42", []), ("CHAT:CUSTOMER:42", []), ("", []),
    ])
  func legacy(key: String, expected: [String]) throws { #expect(try users(key) == expected) }

  @Test("A conversation's key is read from both ends, so that users may have colons")
  func unified() throws {
    let pattern = try #require(try Layout.named("spec-012").roles[.client]).unified.key
    for user in ["42", "a:b", "42:\(Self.id)", ":", "é"] {
      for part in ConversationPart.allCases {
        let id = try #require(ConversationID(Self.id))
        let match = pattern.match(pattern.key(user.utf8, id: id, part: part))
        #expect(match == KeyPattern.Match(user: Array(user.utf8), id: id, part: part))
      }
    }
    let front = "conversation:client:42:"
    for key in [
      "\(front)\(Self.id):states", "\(front)\(Self.id.uppercased()):state", "\(front)\(Self.id):", "\(front)current",
      "conversation:client::\(Self.id):state", "conversation:client:\(Self.id):state",
      "conversation:admin:42:\(Self.id):state",
    ] { #expect(pattern.match(Array(key.utf8)) == nil, "\(key)") }
  }

  @Test("What Redis would read as a pattern is escaped")
  func globs() throws {
    let pattern = try KeyPattern(#"a*b?[c]\:{user}"#)
    #expect(pattern.glob() == #"a\*b\?\[c\]\\:*"#)
    #expect(pattern.stem == #"a\*b\?\[c\]\\:"#)
    #expect(pattern.match(Array(#"a*b?[c]\:x"#.utf8))?.user == Array("x".utf8))
    #expect(pattern.match(Array(#"aXbY[c]\:x"#.utf8)) == nil)
    let unified = try #require(try Layout.named("spec-012").roles[.admin]).unified.key
    #expect(unified.glob(part: .meta) == "conversation:admin:*:*:meta")
    #expect(unified.glob() == "conversation:admin:*:*:*")
    #expect(unified.wideGlob(part: .meta) == "conversation:admin:*:meta")
    #expect(unified.wideGlob() == "conversation:admin:*")
    #expect(unified.stem == "conversation:admin:")
  }
}
