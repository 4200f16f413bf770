import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@Suite struct PathTests {
  @Test("/healthz says ok, also while the process drains")
  func health() throws {
    let fixture = try Fixture()
    #expect(try fixture.ask("GET /healthz").text == "ok\n")
    fixture.source.isDraining.store(true, ordering: .releasing)
    #expect(try fixture.ask("GET /healthz").status == 200)
  }

  @Test("/readyz says 503 and why while the process drains")
  func readiness() throws {
    let fixture = try Fixture()
    #expect(try fixture.ask("GET /readyz").status == 200)
    fixture.source.isDraining.store(true, ordering: .releasing)
    let answer = try fixture.ask("GET /readyz")
    #expect(answer.status == 503)
    #expect(answer.text.hasPrefix("draining"))
  }

  @Test("An unknown path is answered 404 with the paths there are")
  func notFound() throws {
    let answer = try Fixture().ask("GET /metric")
    #expect(answer.status == 404)
    #expect(answer["content-type"] == "application/json")
    let document = try JSONDecoder().decode(Refusal.self, from: Data(answer.body.bytes))
    #expect(document.paths.starts(with: ["/metrics", "/healthz", "/readyz", "/api/v1/status"]))
    #expect(Set(document.paths).count == document.paths.count)
    #expect(!document.error.isEmpty)
  }

  @Test("Another method is answered 405 with those that are allowed")
  func methodNotAllowed() throws {
    let answer = try Fixture().ask("DELETE /metrics")
    #expect(answer.status == 405)
    #expect(answer["allow"] == "GET, HEAD")
    #expect(try JSONDecoder().decode(Refusal.self, from: Data(answer.body.bytes)).paths == ["/metrics"])
  }

  @Test("HEAD is answered like GET without the body, and nothing is cached")
  func head() throws {
    let answer = try Fixture().ask("HEAD /healthz")
    #expect(answer.status == 200)
    #expect(answer["content-length"] == "3")
    #expect(answer["cache-control"] == "no-store")
  }

  @Test("A query does not change the path")
  func query() throws {
    #expect(try Fixture().ask("GET /healthz?verbose=1").status == 200)
  }

  private struct Refusal: Decodable {
    var error: String
    var paths: [String]

    enum CodingKeys: String, CodingKey {
      case error
      case paths = "try"
    }
  }
}
