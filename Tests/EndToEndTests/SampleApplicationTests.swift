import Flags
import Foundation
import TestSupport
import Testing

@Suite("The sample application behind the proxy", .ownThread)
struct SampleApplicationTests {
  private func ask(
    _ proxy: ProxyProcess, _ message: String, _ credentials: String, path: String = "/api/chat"
  ) throws -> WireResponse {
    let body = "{\"message\": \"\(message)\"}"
    return try WireConnection.connect(to: proxy.port).ask(
      "POST \(path) HTTP/1.1\r\nHost: t\r\n\(credentials)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  private func settings(_ legacy: SampleProcess, _ unified: SampleProcess) -> String {
    """
    cohorts:
      legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
      unified: { servers: ["http://127.0.0.1:\(unified.port)"] }
    """
  }

  @Test("Both paths keep their own layout in one Redis; what begins is counted; a Redis that is away fails no request")
  func bothPaths() throws {
    let redis = try RedisServer()
    let arguments = ["--redis", redis.address(), "--messages", "messages.jsonl"]
    let (legacy, unified) = (try SampleProcess(.legacy, arguments), try SampleProcess(.unified, arguments))
    let flags = #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 0, "allow": ["42"] } }"#
    let proxy = try ProxyProcess(settings(legacy, unified), flags: flags)
    for (user, cohort) in [("41", "legacy"), ("42", "unified")] {
      let credentials = "X-User-Id: \(user)\r\nAuthorization: Bearer client.\(user)"
      let first = try ask(proxy, "create a product", credentials)
      #expect(first.status == 200)
      #expect(first.head["X-Turnout-Cohort"] == [cohort])
      #expect(first.head["X-Turnout-Created"] == [])
      #expect(try ask(proxy, "Lamp", credentials).text.contains("What does Lamp cost?"))
      #expect(try ask(proxy, "12.50", credentials).text.contains("Created: Lamp for 12.50."))
      #expect(try ask(proxy, "stats", credentials, path: "/admin/assistant/chat").status == 403)
      let created = "turnout_conversations_created_total{flag=\"UNIFIED_CONVERSATION_ENABLED\",cohort=\"\(cohort)\"}"
      #expect(try eventually { try proxy.metric(created) == 1 })
    }
    #expect(try redis.cli("GET", "chat:customer:41").contains("Created: Lamp for 12.50."))
    let id = try redis.cli("GET", "conversation:client:42:current")
    #expect(try redis.cli("GET", "conversation:client:42:\(id):history").contains("Created: Lamp for 12.50."))
    #expect(try redis.cli("DBSIZE") == "5")
    #expect(unified.log.contains("New client conversation created: conversation:client:42:\(id)"))
    redis.stop()
    for user in ["41", "42"] {
      let answer = try ask(proxy, "still there?", "X-User-Id: \(user)")
      #expect(answer.status == 200)
      #expect(answer.text.contains(#""degraded":true"#))
    }
    #expect(eventually { legacy.log.contains("Error loading legacy context: ") })
    redis.continue()
    #expect(legacy.end() == .exited(0))
    #expect(unified.end() == .exited(0))
    for process in [legacy, unified] {
      // Four questions and their answers; who was refused is not written down.
      #expect(process.folder.text("messages.jsonl").split(separator: "\n").count == 8)
      #expect(process.log.contains("4 responses, 1 new conversation, 1 context error"))
    }
  }

  @Test("Variables say where contexts are and how long they live; what is wrong with them ends it with 78")
  func variables() throws {
    let redis = try RedisServer()
    let sample = try SampleProcess(
      .legacy, [], environment: ["REDIS_URL": redis.address(), "CUSTOMER_CONTEXT_TTL": "77"])
    let proxy = try ProxyProcess(settings(sample, sample))
    #expect(try ask(proxy, "Hello", "X-User-Id: 42").status == 200)
    #expect((70...77).contains(Int(try redis.cli("TTL", "chat:customer:42")) ?? 0))
    for (arguments, environment) in [
      (["--redis", "http://a"], [:]), ([], ["REDIS_URL": "nowhere"]), ([], ["CONTEXT_TTL": "0"]),
      (["--messages", "postgres://a/b"], [:]),
    ] as [([String], [String: String])] {
      let folder = try TemporaryFolder()
      let process = try Program(
        ProxyProcess.binary(), ["sample", "unified", "--listen", "127.0.0.1:0"] + arguments, in: folder.path,
        environment: environment, log: folder.file("log"))
      #expect(process.wait() == .exited(78), "\(arguments): \(folder.text("log"))")
    }
  }
}
