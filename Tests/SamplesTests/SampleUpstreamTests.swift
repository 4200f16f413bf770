import Flags
import FoundationEssentials
import Testing
import WireClient

@testable import Samples

@Suite struct SampleUpstreamTests {
  /// An upstream that runs for one test.
  private final class Upstream {
    let upstream: SampleUpstream

    init(_ cohort: Cohort, delayNanoseconds: UInt64 = 0) throws {
      upstream = try SampleUpstream.start(cohort: cohort, delayNanoseconds: delayNanoseconds)
    }

    deinit {
      upstream.stop()
      upstream.join()
    }

    func ask(_ line: String, _ fields: String = "", body: String = "") throws -> WireAnswer {
      let client = try WireClient(port: upstream.port)
      client.send("\(line) HTTP/1.1\r\nHost: t\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return try client.answer()
    }

    func chat(_ message: String, user: String? = "42", path: String = "/api/chat") throws -> ChatReply {
      let fields = user.map { "X-User-Id: \($0)\r\n" } ?? ""
      let answer = try ask("POST \(path)", fields, body: "{\"message\": \"\(message)\"}")
      #expect(answer.status == 200 && answer["content-type"] == "application/json")
      return try JSONDecoder().decode(ChatReply.self, from: Data(answer.body))
    }
  }

  @Test("A chat answer says which path served, what the proxy stamped and what was said", arguments: Cohort.allCases)
  func chat(_ cohort: Cohort) throws {
    let fields = """
      X-User-Id: 42\r\nX-Turnout-Cohort: \(cohort)\r\nX-Turnout-Flag: F\r\nX-Turnout-Generation: 9\r\nX-Request-Id: r1\r\n
      """
    let answer = try Upstream(cohort).ask("POST /api/chat", fields, body: #"{"message": "Hello", "other": 1}"#)
    let reply = try JSONDecoder().decode(ChatReply.self, from: Data(answer.body))
    #expect(reply.page.servedBy == cohort.description && reply.page.decidedCohort == cohort.description)
    #expect(reply.page.user == "42" && reply.page.flag == "F" && reply.page.generation == 9)
    #expect(reply.page.requestID == "r1" && reply.message == "Hello" && reply.role == "customer")
    #expect(reply.history == ["Hello"] && reply.reply.contains("Hello"))
  }

  @Test("Legacy keeps one context for each user and role")
  func legacyContext() throws {
    let upstream = try Upstream(.legacy)
    #expect(try upstream.chat("one").contextKey == "chat:customer:42")
    #expect(try upstream.chat("two").history == ["one", "two"])
    let admin = try upstream.chat("stats", path: "/admin/assistant/chat")
    #expect(admin.contextKey == "admin:context:42" && admin.history == ["stats"] && admin.role == "admin")
    #expect(try upstream.chat("other", user: "43").history == ["other"])
  }

  @Test("Unified goes on with a conversation that has an id")
  func unifiedConversation() throws {
    let upstream = try Upstream(.unified)
    let (first, second) = (try upstream.chat("one"), try upstream.chat("two"))
    #expect(first.conversationID == second.conversationID && UUID(uuidString: first.conversationID) != nil)
    #expect(second.contextKey == "conversation:client:42:\(second.conversationID)")
    #expect(try upstream.chat("one", user: "43").conversationID != first.conversationID)
  }

  @Test("Ten messages are remembered, and nothing of users without an id")
  func bounds() throws {
    let upstream = try Upstream(.legacy)
    for number in 1...12 { _ = try upstream.chat("\(number)") }
    #expect(try upstream.chat("13").history == (4...13).map(String.init))
    _ = try upstream.chat("secret", user: nil)
    #expect(try upstream.chat("hello", user: nil).history == ["hello"])
  }

  @Test("A thousand conversations are remembered; the one that was silent longest is forgotten")
  func conversationLimit() {
    let memory = ConversationMemory(.unified)
    for user in 0..<1_000 { _ = memory.add("first", role: .customer, user: "\(user)") }
    _ = memory.add("again", role: .customer, user: "0")
    _ = memory.add("first", role: .customer, user: "new")
    #expect(memory.count == 1_000)
    #expect(memory.add("still", role: .customer, user: "0").messages == ["first", "again", "still"])
    #expect(memory.add("anew", role: .customer, user: "1").messages == ["anew"])
  }

  @Test(
    "A chat request without a message is refused with what to send",
    arguments: [
      ("", 400), ("{}", 400), ("[1]", 400), (#"{"message": 1}"#, 400), (#"{"message": "  "}"#, 400),
      ("{\"message\": \"\(String(repeating: "m", count: 4_097))\"}", 413),
    ])
  func noMessage(_ body: String, _ status: Int) throws {
    let answer = try Upstream(.unified).ask("POST /api/chat", body: body)
    #expect(answer.status == status && answer.text.contains("\"error\"") && answer.text.contains("unified"))
  }

  @Test("A chat path is for POST only")
  func wrongMethod() throws {
    let answer = try Upstream(.legacy).ask("GET /api/chat")
    #expect(answer.status == 405 && answer["allow"] == "POST")
  }

  @Test("Every other path says which path served", arguments: ["/", "/products/7"])
  func otherPaths(_ path: String) throws {
    let answer = try Upstream(.unified).ask("GET \(path)", "X-User-Id: 1\r\n")
    let page = try JSONDecoder().decode(SamplePage.self, from: Data(answer.body))
    #expect(answer.status == 200 && page.servedBy == "unified" && page.path == path && page.user == "1")
  }

  @Test("Events come one by one")
  func events() throws {
    let upstream = try Upstream(.unified)
    let client = try WireClient(port: upstream.upstream.port)
    client.send("HEAD /events HTTP/1.1\r\nHost: t\r\n\r\n")
    let head = try client.answer(toHead: true)
    #expect(head["content-type"] == "text/event-stream" && head["transfer-encoding"] == "chunked")
    let clock = ContinuousClock()
    client.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")
    let start = clock.now
    let answer = try client.answer()
    #expect(answer.text.split(separator: "\n\n").count == 5 && clock.now - start >= .seconds(2))
  }

  @Test("Answers can be held back")
  func delay() throws {
    let upstream = try Upstream(.legacy, delayNanoseconds: 100_000_000)
    let clock = ContinuousClock()
    let start = clock.now
    _ = try upstream.ask("GET /")
    #expect(clock.now - start >= .milliseconds(100))
  }
}
