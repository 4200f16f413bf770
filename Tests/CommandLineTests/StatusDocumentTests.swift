import Admin
import Foundation
import Testing

@testable import turnout

@Suite struct StatusDocumentTests {
  @Test("The names of the document are these, and null stands for what was not measured")
  func names() throws {
    let data = try JSONEncoder().encode(sample())
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      document.keys.sorted() == [
        "cohorts", "connections", "draining", "flag_source", "flags", "generation", "listen", "own_answers", "pid",
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

  @Test("A document comes back as it went, and members that are not known yet are passed over")
  func readBack() throws {
    let data = try JSONEncoder().encode(sample())
    #expect(try JSONDecoder().decode(StatusDocument.self, from: data) == sample())
    let newer = String(decoding: data, as: UTF8.self).replacing("\"pid\":", with: "\"colour\":\"green\",\"pid\":")
    #expect(try JSONDecoder().decode(StatusDocument.self, from: Data(newer.utf8)) == sample())
  }
}

@Suite struct AdminAnswerTests {
  @Test("The body of a whole answer with status 200 is taken")
  func whole() throws {
    #expect(try AdminResponse.body(of: bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) == bytes("{}"))
    #expect(try AdminResponse.body(of: bytes("HTTP/1.1 200\r\ncontent-length:2\r\nA: b\r\n\r\n{}")) == bytes("{}"))
    #expect(try AdminResponse.body(of: bytes("HTTP/1.0 200 OK\r\nA: b\r\n\r\n{}")) == bytes("{}"))
  }

  @Test(
    "Anything else is said in words",
    arguments: [
      ("", "it closed the connection without an answer"),
      ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "what answers there does not speak HTTP"),
      ("HTTP/1.1 200 OK\r\n", "what answers there does not speak HTTP"),
      ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "it answers with status 503"),
      ("HTTP/1.1 401 No\r\n\r\n{\"error\":\"no \\u001b\"}", "it answers with status 401: no \\u{1b}"),
      ("HTTP/1.1\r\n\r\n", "it answers with status "),
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "its answer is not whole: 2 of 5 bytes"),
    ])
  func broken(text: String, message: String) {
    let error = #expect(throws: AdminError.self) { try AdminResponse.body(of: bytes(text)) }
    #expect(error?.description == message)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
