import Foundation
import TestSupport
import Testing

@testable import Admin

@Suite struct OpenAPITests {
  private func document() throws -> [String: Any] {
    let answer = try Fixture().ask("GET /api/v1/openapi.json")
    #expect(answer.status == 200)
    #expect(answer["content-type"] == "application/json")
    return try #require(try JSONSerialization.jsonObject(with: Data(answer.body.bytes)) as? [String: Any])
  }

  @Test("The document is JSON and knows the version")
  func version() throws {
    let document = try document()
    #expect(document["openapi"] as? String == "3.1.0")
    #expect((document["info"] as? [String: Any])?["version"] as? String == "1.2.3")
  }

  @Test("The document describes the routes there are, and of what kind each is")
  func routes() throws {
    let router = AdminRouter(try Fixture().view, AdminGuard(hosts: AdminHosts(host: "a"), token: nil, user: 0))
    let routes = router.routes.map { "\($0.method) \($0.path.text) \($0.kind)" }
    #expect(OpenAPI.operations.map { "\($0.method) \($0.path) \($0.kind)" }.sorted() == routes.sorted())
  }

  @Test("Every reference leads somewhere")
  func references() throws {
    let document = try document()
    func references(_ value: Any) -> [String] {
      if let list = value as? [Any] { return list.flatMap(references) }
      guard let object = value as? [String: Any] else { return [] }
      return object.flatMap { $0.key == "$ref" ? [$0.value as? String ?? ""] : references($0.value) }
    }
    for reference in Set(references(document)) {
      let parts = reference.split(separator: "/").dropFirst()
      let target = parts.reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
      #expect(target != nil, "\(reference)")
    }
  }
}
