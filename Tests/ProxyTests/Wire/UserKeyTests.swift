import Foundation
import TestSupport
import Testing

/// Where a request says who the user is, and whether that is "uma", the only one in unified.
struct Identity: CustomTestStringConvertible, Sendable {
  let what: String
  var target = "/"
  var fields: [String] = []
  let isUma: Bool

  var testDescription: String { what }

  static func header(_ what: String, _ fields: String..., isUma: Bool) -> Identity {
    Identity(what: what, fields: fields, isUma: isUma)
  }

  static func query(_ target: String, isUma: Bool) -> Identity { Identity(what: target, target: target, isUma: isUma) }

  static func token(_ payload: String, isUma: Bool) -> Identity {
    let coded = Data(payload.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    return header(payload, "Authorization: Bearer e30.\(coded.replacing("=", with: "")).c2ln", isUma: isUma)
  }
}

@Suite("A user key is exactly one value from a configured source", .ownThread)
struct UserKeyTests {
  private func expect(_ identity: Identity) throws {
    let stage = try Stage(
      settings: "user_key: { sources: [header: X-User-Id, cookie: uid, query: user, jwt_claim: sub] }")
    let fields = identity.fields.map { $0 + "\r\n" }.joined()
    let answer = try stage.client().ask("GET \(identity.target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    #expect(answer.text == (identity.isUma ? "unified" : "legacy"))
  }

  @Test(
    "from a header",
    arguments: [
      Identity.header("one line", "X-User-Id: uma", isUma: true),
      .header("any case of the name", "x-user-ID:uma  ", isUma: true),
      .header("another user", "X-User-Id: Uma", isUma: false),
      .header("twice", "X-User-Id: uma", "X-User-Id: uma", isUma: false),
      .header("a list", "X-User-Id: uma, uma", isUma: false),
      .header("empty, then the next source", "X-User-Id:", "Cookie: uid=uma", isUma: true),
      .header(
        "257 bytes, then the next source", "X-User-Id: \(String(repeating: "a", count: 257))", "Cookie: uid=uma",
        isUma: true),
      .header(
        "256 bytes are a key", "X-User-Id: \(String(repeating: "a", count: 256))", "Cookie: uid=uma", isUma: false),
      .header("the first source counts", "Cookie: uid=uma", "X-User-Id: lena", isUma: false),
    ])
  func header(_ identity: Identity) throws { try expect(identity) }

  @Test(
    "from a cookie",
    arguments: [
      Identity.header("alone", "Cookie: uid=uma", isUma: true),
      .header("among others", "Cookie: a=b; uid=uma; c=d", isUma: true),
      .header("in quotes", "Cookie: uid=\"uma\"", isUma: true),
      .header("on a second line", "Cookie: a=b", "Cookie: uid=uma", isUma: true),
      .header("twice", "Cookie: uid=uma; uid=uma", isUma: false),
      .header("twice, on two lines", "Cookie: uid=uma", "Cookie: uid=uma", isUma: false),
      .header("a name that ends alike", "Cookie: xuid=uma", isUma: false),
      .header("another case of letters", "Cookie: UID=uma", isUma: false),
      .header("without a value", "Cookie: uid", isUma: false),
    ])
  func cookie(_ identity: Identity) throws { try expect(identity) }

  @Test(
    "The upstream sees the key that was decided on, even if Connection names its field",
    arguments: [
      ("cookie", "Cookie: uid=uma"), ("authorization", "Authorization: Bearer e30.eyJzdWIiOiJ1bWEifQ.c2ln"),
      ("x-user-id", "X-User-Id: uma"),
    ])
  func nominated(_ name: String, _ field: String) throws {
    let stage = try Stage(settings: "user_key: { sources: [header: X-User-Id, cookie: uid, jwt_claim: sub] }")
    let answer = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(name)\r\n\(field)\r\n\r\n")
    let seen = (stage.unified.requests + stage.legacy.requests).flatMap(\.lines)
    #expect((answer.text == "unified") == seen.contains(field))
  }

  @Test(
    "from the query",
    arguments: [
      Identity.query("/?user=uma", isUma: true), .query("/x?a=b&user=uma&c", isUma: true),
      .query("/?user=um%61", isUma: true), .query("/?user=uma&user=uma", isUma: false),
      .query("/?User=uma", isUma: false), .query("/?xuser=uma", isUma: false), .query("/?user=", isUma: false),
      .query("/user=uma", isUma: false), .query("http://a/?user=uma", isUma: true),
    ])
  func query(_ identity: Identity) throws { try expect(identity) }

  @Test(
    "from a claim of a bearer token",
    arguments: [
      Identity.token(#"{"sub":"uma"}"#, isUma: true),
      .token(#" { "a" : [1, {"sub":2}], "sub" : "uma" } "#, isUma: true),
      .token(#"{"sub":"u\u006da"}"#, isUma: true), .token(#"{"sub":"uma","sub":"uma"}"#, isUma: false),
      .token(#"{"a":{"sub":"uma"}}"#, isUma: false), .token(#"{"sub":["uma"]}"#, isUma: false),
      .token(#"{"sub":"uma""#, isUma: false), .token(#"[{"sub":"uma"}]"#, isUma: false), .token("", isUma: false),
      .header("no token", "Authorization: Bearer uma", isUma: false),
      .header("another scheme", "Authorization: Basic e30.eyJzdWIiOiJ1bWEifQ.c2ln", isUma: false),
      .header("not base64url", "Authorization: Bearer e30.eyJzdWIiOiJ1bWEifQ==.c2ln", isUma: false),
      .header(
        "two tokens", "Authorization: Bearer e30.eyJzdWIiOiJ1bWEifQ.c2ln",
        "Authorization: Bearer e30.eyJzdWIiOiJ1bWEifQ.c2ln",
        isUma: false),
    ])
  func token(_ identity: Identity) throws { try expect(identity) }
}
