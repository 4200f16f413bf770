import Admin
import Concurrency
import Flags
import Foundation
import TestSupport
import Testing

@Suite struct EvaluationTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private func post(_ path: String, _ body: String, _ headers: String = "") throws -> WireResponse {
    let client = try WireClient(port: fixture.server.port)
    let length = "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
    client.send("POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\(length)\r\n\(body)")
    return try client.response()
  }

  private func evaluate(_ user: String, key: String = Fixture.flagName) throws -> (answer: WireResponse, [String: Any])
  {
    let answer = try post("/ofrep/v1/evaluate/flags/\(key)", #"{"context": {"targetingKey": "\#(user)", "x": [1]}}"#)
    return (answer, try object(answer))
  }

  private func object(_ answer: WireResponse) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body.bytes)) as? [String: Any])
  }

  private func publish(_ generation: UInt64, _ percentage: Double, isEnabled: Bool = true) throws {
    let flag = Flag(
      name: Fixture.flagName, isEnabled: isEnabled, percentage: try Percentage(percentage), allow: ["a"], deny: ["c"],
      revision: 8)
    fixture.flags.publish(FlagSnapshot(generation: generation, flags: [flag]))
  }

  @Test("A flag is evaluated as the workers decide, with the reason and the figures")
  func single() throws {
    try publish(4, 50)
    let (answer, document) = try evaluate("anna")
    #expect(answer.status == 200)
    #expect(answer["content-type"] == "application/json")
    let decision = fixture.flags.load().decide(flag: 0, user: Array("anna".utf8).span.bytes)
    #expect(document["key"] as? String == Fixture.flagName)
    #expect(document["reason"] as? String == "SPLIT")
    #expect(document["value"] as? Bool == (decision.cohort == .unified))
    #expect(document["variant"] as? String == decision.cohort.description)
    let metadata = try #require(document["metadata"] as? [String: Any])
    #expect(metadata["bucket"] as? Int == Int(decision.bucket))
    #expect(metadata["generation"] as? Int == 4)
    #expect(metadata["percentage"] as? Double == 50)
    #expect(metadata["revision"] as? Int == 8)
    #expect(metadata["cohort"] as? String == decision.cohort.description)
  }

  @Test("The reason says what decided")
  func reasons() throws {
    func reason(_ user: String) throws -> [String] {
      let document = try evaluate(user).1
      return [document["reason"], document["variant"]].compactMap { $0 as? String }
    }
    try publish(4, 50)
    #expect(try reason("a") == ["TARGETING_MATCH", "unified"])
    #expect(try reason("c") == ["TARGETING_MATCH", "legacy"])
    try publish(5, 0)
    #expect(try reason("x") == ["STATIC", "legacy"])
    #expect(try reason("a") == ["TARGETING_MATCH", "unified"])
    try publish(6, 100)
    #expect(try reason("x") == ["STATIC", "unified"])
    #expect(try reason("c") == ["TARGETING_MATCH", "legacy"])
    try publish(7, 100, isEnabled: false)
    #expect(try reason("x") == ["DISABLED", "legacy"])
    #expect(try reason("a") == ["DISABLED", "legacy"])
  }

  @Test("A name may be written with percent signs, and one that nobody asks is not found")
  func names() throws {
    #expect(try evaluate("x", key: "UNIFIED%5FCONVERSATION_ENABLED").answer.status == 200)
    for key in ["unknown", "UNIFIED_CONVERSATION_ENABLED%20", "%2F", "%C3%A9"] {
      let (answer, document) = try evaluate("x", key: key)
      #expect(answer.status == 404)
      #expect(document["errorCode"] as? String == "FLAG_NOT_FOUND")
    }
    #expect(try evaluate("x", key: "%zz").answer.status == 404)
  }

  @Test(
    "What is no evaluation request is told apart",
    arguments: [
      ("", "PARSE_ERROR"), ("{", "PARSE_ERROR"), ("[]", "PARSE_ERROR"), ("null", "PARSE_ERROR"),
      (#"{"context":{},"context":{}}"#, "PARSE_ERROR"), ("{}", "TARGETING_KEY_MISSING"),
      (#"{"context":{}}"#, "TARGETING_KEY_MISSING"), (#"{"context":{"targetingKey":""}}"#, "TARGETING_KEY_MISSING"),
      (#"{"context":[]}"#, "INVALID_CONTEXT"), (#"{"context":null}"#, "INVALID_CONTEXT"),
      (#"{"context":{"targetingKey":1}}"#, "INVALID_CONTEXT"),
      (#"{"context":{"targetingKey":"\#(String(repeating: "é", count: 129))"}}"#, "INVALID_CONTEXT"),
      (String(repeating: "[", count: 100_000), "PARSE_ERROR"),
    ])
  func faults(body: String, code: String) throws {
    let single = try post("/ofrep/v1/evaluate/flags/\(Fixture.flagName)", body)
    let bulk = try post("/ofrep/v1/evaluate/flags", body)
    for answer in [single, bulk] {
      #expect(answer.status == 400)
      #expect(try object(answer)["errorCode"] as? String == code)
      #expect(try object(answer)["errorDetails"] is String)
    }
    #expect(try object(single)["key"] as? String == Fixture.flagName)
    #expect(try object(bulk)["key"] == nil)
  }

  @Test("The longest user key is one")
  func longestKey() throws {
    #expect(try evaluate(String(repeating: "é", count: 128)).answer.status == 200)
  }

  @Test("All flags come with an entity tag that changes with the generation and with the context")
  func bulk() throws {
    let path = "/ofrep/v1/evaluate/flags"
    let body = #"{"context": {"targetingKey": "anna"}}"#
    let first = try post(path, body)
    let tag = try #require(first["etag"])
    let flags = try object(first)["flags"] as? [Any]
    #expect(first.status == 200)
    #expect(flags?.count == 1)
    for list in [tag, "\"x\", W/\(tag)", "*"] {
      let same = try post(path, body, "If-None-Match: \(list)\r\n")
      #expect(same.status == 304)
      #expect(same.body.bytes.isEmpty)
      #expect(same["etag"] == tag)
    }
    #expect(try post(path, body, "If-None-Match: \"x\"\r\n").status == 200)
    let others = [#"{"context": {"targetingKey": "anne"}}"#, #"{"context": {"targetingKey": "anna", "plan": "b"}}"#]
    for other in others { #expect(try post(path, other, "If-None-Match: \(tag)\r\n").status == 200) }
    try publish(9, 12.5)
    let next = try post(path, body, "If-None-Match: \(tag)\r\n")
    #expect(next.status == 200)
    #expect(next["etag"] != tag)
  }

  @Test("An evaluation needs no token, but no page of another origin and no unknown Host gets one")
  func access() throws {
    let body = #"{"context": {"targetingKey": "anna"}}"#
    #expect(try post("/ofrep/v1/evaluate/flags", body, "Origin: http://evil.example\r\n").status == 403)
    let client = try WireClient(port: fixture.server.port)
    client.send("POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n")
    let answer = try client.response()
    #expect(answer.status == 421)
    #expect(answer.text.contains("admin_hosts"))
    let text = try fixture.ask("GET /metrics").text
    #expect(text.contains("turnout_admin_refused_total{reason=\"host\"} 1"))
    #expect(text.contains("turnout_admin_refused_total{reason=\"origin\"} 1"))
    #expect(try fixture.ask("GET /api/v1/status").text.contains(#""admin_refused":{"host":1"#))
  }
}
