import Flags
import FoundationEssentials
import TestSupport
import Testing

@testable import Samples

@Suite struct SampleUpstreamTests {
  @Test("A chat answer says which path served, what the proxy stamped and what was said", arguments: Cohort.allCases)
  func chat(_ cohort: Cohort) throws {
    let fields = """
      X-User-Id: 42\r\nX-Turnout-Cohort: \(cohort)\r\nX-Turnout-Flag: F\r\nX-Turnout-Generation: 9\r\nX-Request-Id: r1\r\n
      """
    let answer = try Upstream(cohort).ask("POST /api/chat", fields, body: #"{"message": "Hello", "other": 1}"#)
    let reply = try JSONDecoder().decode(ChatReply.self, from: Data(answer.body.bytes))
    #expect(reply.page.servedBy == cohort.description)
    #expect(reply.page.decidedCohort == cohort.description)
    #expect(reply.page.user == "42")
    #expect(reply.page.flag == "F")
    #expect(reply.page.generation == 9)
    #expect(reply.page.requestID == "r1")
    #expect(reply.message == "Hello")
    #expect(reply.role == "client")
    #expect(reply.texts == ["Hello"])
    #expect(reply.reply.contains("Hello"))
    #expect(reply.created)
    #expect(!reply.degraded)
    #expect(answer["x-turnout-created"] == "1")
    #expect(answer["x-turnout-context-error"] == nil)
  }

  @Test("Legacy keeps one context for each user and role")
  func legacyContext() throws {
    let upstream = try Upstream(.legacy)
    #expect(try upstream.chat("one").contextKey == "chat:customer:42")
    let second = try upstream.chat("two")
    #expect(second.texts.count == 3)
    #expect(second.texts[0] == "one")
    #expect(second.texts[2] == "two")
    #expect(!second.created)
    let admin = try upstream.chat("stats", path: "/admin/assistant/chat")
    #expect(admin.contextKey == "admin:context:42")
    #expect(admin.texts == ["stats"])
    #expect(admin.role == "admin")
    #expect(try upstream.chat("other", user: "43").texts == ["other"])
  }

  @Test("Unified goes on with a conversation that has an id")
  func unifiedConversation() throws {
    let upstream = try Upstream(.unified)
    let (first, second) = (try upstream.chat("one"), try upstream.chat("two"))
    let id = try #require(first.conversationID)
    #expect(first.conversationID == second.conversationID)
    #expect(UUID(uuidString: id) != nil)
    #expect(second.contextKey == "conversation:client:42:\(id)")
    #expect(second.messages == 3)
    #expect(try upstream.chat("one", user: "43").conversationID != first.conversationID)
  }

  @Test("The answer shows that history is used, of which ten messages are kept")
  func history() throws {
    let upstream = try Upstream(.legacy)
    #expect(try upstream.chat("0").reply == "legacy here. You said \"0\". This is the first message I know of.")
    #expect(try upstream.chat("1").reply.hasSuffix("Before that you said \"0\". I remember 3 messages."))
    for number in 2...6 { _ = try upstream.chat("\(number)") }
    let last = try upstream.chat("7")
    #expect(last.reply.hasSuffix("Before that you said \"6\". I remember 10 messages."))
    #expect(last.history.filter { $0.role == "user" }.map(\.content) == ["3", "4", "5", "6", "7"])
  }

  @Test(
    "A chat request without a message is refused with what to send",
    arguments: [
      ("", 400), ("{}", 400), ("[1]", 400), (#"{"message": 1}"#, 400), (#"{"message": "  "}"#, 400),
      ("{\"message\": \"\(String(repeating: "m", count: 4_097))\"}", 413),
    ])
  func noMessage(_ body: String, _ status: Int) throws {
    let answer = try Upstream(.unified).ask("POST /api/chat", "X-User-Id: 1\r\n", body: body)
    #expect(answer.status == status)
    #expect(answer.text.contains("\"error\""))
    #expect(answer.text.contains("unified"))
  }

  @Test("A chat path is for POST only")
  func wrongMethod() throws {
    let answer = try Upstream(.legacy).ask("GET /api/chat")
    #expect(answer.status == 405)
    #expect(answer["allow"] == "POST")
  }

  @Test("Every other path says which path served", arguments: ["/", "/products/7"])
  func otherPaths(_ path: String) throws {
    let answer = try Upstream(.unified).ask("GET \(path)", "X-User-Id: 1\r\n")
    let page = try JSONDecoder().decode(SamplePage.self, from: Data(answer.body.bytes))
    #expect(answer.status == 200)
    #expect(page.servedBy == "unified")
    #expect(page.path == path)
    #expect(page.user == "1")
  }

  @Test("Events come one by one")
  func events() throws {
    let upstream = try Upstream(.unified)
    let client = try WireClient(port: upstream.upstream.port)
    client.send("HEAD /events HTTP/1.1\r\nHost: t\r\n\r\n")
    let head = try client.response(toHead: true)
    #expect(head["content-type"] == "text/event-stream")
    #expect(head["transfer-encoding"] == "chunked")
    let clock = ContinuousClock()
    client.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")
    let start = clock.now
    let answer = try client.response()
    #expect(answer.text.split(separator: "\n\n").count == 5)
    #expect(clock.now - start >= .seconds(2))
  }

  @Test("Answers can be held back")
  func delay() throws {
    let upstream = try Upstream(.legacy, delay: .milliseconds(100))
    let clock = ContinuousClock()
    let start = clock.now
    _ = try upstream.ask("GET /")
    #expect(clock.now - start >= .milliseconds(100))
  }
}
