import Concurrency
import Flags
import FoundationEssentials
import LocalServer
import Synchronization
import TestSupport
import Testing

@testable import Admin

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

@Suite struct FlagChoiceTests {
  private func choose(_ name: String?, among names: [String]) throws -> String {
    let fixture = try Fixture()
    var view = fixture.view
    view.flags = Published(
      FlagSnapshot(generation: 1, flags: try names.map { Flag(name: $0, percentage: try Percentage(10)) }))
    return try view.chosenFlag(name)
  }

  @Test(
    "Without a name it is the standard flag, or the only one: what the commands change",
    arguments: [
      (nil, ["A", Flag.standardName, "B"], Flag.standardName), (nil, ["A"], "A"), ("B", ["A", "B"], "B"),
    ] as [(String?, [String], String)])
  func chosen(name: String?, names: [String], expected: String) throws {
    #expect(try choose(name, among: names) == expected)
  }

  @Test("Of several others none is taken by chance, and an unknown one is said with those there are")
  func refused() throws {
    for (name, names, status) in [(nil, ["A", "B"], 400), ("C", ["A", "B"], 404), (nil, [], 400)]
      as [(String?, [String], Int)]
    {
      do {
        _ = try choose(name, among: names)
        Issue.record("\(names) should be refused")
      } catch let error as QueryError {
        #expect(error.response.status == status)
      }
    }
  }
}
