import Admin
import Foundation
import HTTPClient
import LocalServer
import Testing

@testable import turnout

@Suite struct StatusDocumentTests {
  @Test("The document has these members, and null for what was not measured")
  func names() throws {
    let data = try JSONEncoder().encode(sample())
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "cohorts", "connections", "draining", "flag_source", "flags", "generation", "listen", "local_responses",
        "own_answers", "pid",
        "ready", "started_at", "uptime_seconds", "version", "workers",
      ])
    let flag = try #require((document["flags"] as? [[String: Any]])?.first)
    #expect(
      flag.keys.sorted() == [
        "allow_count", "deny_count", "enabled", "name", "percentage", "reason", "revision", "updated_at", "updated_by",
      ])
    let cohort = try #require((document["cohorts"] as? [[String: Any]])?.last)
    #expect(
      cohort.keys.sorted() == [
        "anonymous", "bytes_in", "bytes_out", "cohort", "errors", "failed", "first_byte_ms", "flag", "in_flight",
        "requests",
        "requests_by_status", "retries", "total_ms",
      ])
    let errors = try #require(cohort["errors"] as? [String: Any])
    #expect(errors.keys.sorted() == ["5xx", "bad_answer", "connect", "reset", "timeout"])
    let latency = try #require(cohort["total_ms"] as? [String: Any])
    #expect(latency.keys.sorted() == ["mean", "p50", "p90", "p95", "p99", "p999"])
    #expect(latency.values.allSatisfy { $0 is NSNull })
  }

  @Test("A document survives encoding and decoding, and unknown members are ignored")
  func readBack() throws {
    let data = try JSONEncoder().encode(sample())
    #expect(try JSONDecoder().decode(StatusDocument.self, from: data) == sample())
    let newer = String(decoding: data, as: UTF8.self).replacing("\"pid\":", with: "\"colour\":\"green\",\"pid\":")
    #expect(try JSONDecoder().decode(StatusDocument.self, from: Data(newer.utf8)) == sample())
  }
}

@Suite struct AdminClientTests {
  @Test(
    "Any response other than a status document is an error with a reason",
    arguments: [
      (200, "{", "the response is not that of a Turnout admin port: not JSON"),
      (200, "{}", "the response is not that of a Turnout admin port: version is missing"),
      (503, "", "it responds with status 503"), (404, "nothing here", "it responds with status 404"),
      (401, #"{"error":"no \u001b"}"#, #"it responds with status 401: no \u{1b}"#),
    ])
  func errors(status: Int, body: String, message: String) throws {
    let server = try LocalServer.start(name: "admin", host: "127.0.0.1", port: 0) { _ in
      Response.json(Array(body.utf8), status: status)
    }
    defer { server.stop() }
    let client = AdminClient(.tcp(host: "127.0.0.1", port: server.port))
    let error = #expect(throws: AdminError.self) { try client.status(within: .seconds(5)) }
    #expect(error?.description == message)
  }

  @Test("A change carries the token and the value as JSON; the response is decoded")
  func posting() throws {
    let server = try LocalServer.start(name: "admin", host: "127.0.0.1", port: 0) { request in
      let isExpected =
        request.method == "POST" && request.header("authorization") == "Bearer secret"
        && request.header("content-type") == "application/json" && request.body == Array(#"{"by":"me"}"#.utf8)
      return Response.json(Array((isExpected ? "[1]" : "[0]").utf8))
    }
    defer { server.stop() }
    let client = AdminClient(.tcp(host: "127.0.0.1", port: server.port), token: "secret")
    let response: [Int] = try client.post("/api/v1/kill", ["by": "me"], within: .seconds(5))
    #expect(response == [1])
  }
}
