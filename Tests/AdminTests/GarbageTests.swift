import LocalServer
import TestSupport
import Testing

@testable import Admin

/// What the network sends may be anything: it is refused or understood, and never ends the program.
@Suite struct GarbageTests {
  private static let bodies = [
    #"{"context": {"targetingKey": "anna", "n": [1.5e3, true, null, "\u00e9\ud83d\ude00"]}}"#,
    #"{"percentage": 12.345, "allow": ["a", "b"], "deny": [], "reason": "why", "by": "anna", "hard": true}"#,
  ].map { Array($0.utf8) }

  @Test("Mutated bodies")
  func bodies() {
    var random = SeededGenerator(named: "mutated bodies")
    for _ in 0..<20_000 {
      let body = random.changed(Self.bodies.randomElement(using: &random) ?? [])
      _ = try? EvaluationContext(body)
      let request = Request(method: "PUT", path: "/", body: body)
      guard let edit = try? EditRequest(request, allowed: ["percentage", "allow", "deny", "reason", "by", "hard"])
      else {
        continue
      }
      _ = (try? edit.percentage(), try? edit.users("allow"), try? edit.users("deny"), try? edit.isHard())
      _ = try? edit.signature(from: Peer.loopback)
    }
  }

  @Test("Mutated paths, queries and headers")
  func texts() {
    var random = SeededGenerator(named: "mutated texts")
    let template = PathTemplate("/api/v1/flags/{key}/kill")
    let access = AdminGuard(hosts: AdminHosts(host: "::"), token: AdminToken("t"), user: 0)
    func text(_ seed: String) -> String { String(decoding: random.changed(Array(seed.utf8)), as: UTF8.self) }
    for _ in 0..<20_000 {
      _ = template.match(text("/api/v1/flags/a%20b/kill"))
      _ = try? AuditQuery(text("flag=NAME&limit=100"))
      let request = Request(
        method: "POST", path: "/",
        headers: [
          Header("host", text("[::1]:9901")), Header("origin", text("http://localhost:9901")),
          Header("authorization", text("Bearer 0123")), Header("content-type", text("application/json; charset=utf-8")),
          Header("if-match", text("\"17\"")), Header("if-none-match", text("W/\"a\", *")),
        ], body: [1])
      _ = (access.refusal(of: request), access.refusal(ofChange: request), AdminGuard.refusal(ofBody: request))
      _ = RevisionCondition(request)
      _ = EntityTag.isMatched(by: request.values(of: "if-none-match"), "\"a\"")
    }
  }
}

extension SeededGenerator {
  /// Some bytes removed, doubled or replaced.
  fileprivate mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
      let index = Int.random(in: 0..<result.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: result.remove(at: index)
      case 1: result.insert(result[index], at: index)
      case 2: result.removeLast(result.count - index)
      default: result[index] = UInt8.random(in: 0...255, using: &self)
      }
    }
    return result
  }
}
