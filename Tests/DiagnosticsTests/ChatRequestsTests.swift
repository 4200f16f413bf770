import Conversations
import HTTPClient
import Testing

@testable import Diagnostics

@Suite("Chat requests")
struct ChatRequestsTests {
  private let endpoint = HTTPEndpoint(host: "127.0.0.1", port: 8080)

  private func body(_ requests: ChatRequests, _ message: String, _ user: String) -> String {
    String(decoding: requests.request(message, from: ContextOwner(.client, user)).body, as: UTF8.self)
  }

  @Test("carry user and message where they are wanted, as JSON text in the body")
  func templates() {
    var requests = ChatRequests(endpoint)
    #expect(body(requests, "say \"hi\"\n", "42") == #"{"message": "say \"hi\"\n"}"#)
    requests.body = #"{"who":"{user}","text":"{message}"}"#
    #expect(body(requests, "I am {user}", "a\"b") == #"{"who":"a\"b","text":"I am {user}"}"#)
    requests.adminFields = [HTTPField("X-Staff", "id={user}")]
    let request = requests.request("x", from: ContextOwner(.admin, "7"))
    #expect(request.target == "/admin/assistant/chat")
    #expect(request.fields.map { "\($0.name): \($0.value)" } == ["Content-Type: application/json", "X-Staff: id=7"])
    let client = requests.request("x", from: ContextOwner(.client, "7"))
    #expect(client.fields.map(\.value) == ["application/json", "7", "Bearer client.7"])
  }

  @Test(
    "take header fields only, never two in one",
    arguments: [
      ("X-User-Id: {user}", "X-User-Id|{user}"), ("A:b", "A|b"), ("A:  b c", "A|b c"), ("A:", "A|"),
      ("nothing", nil), (": b", nil), ("A b: c", nil), ("A: b\r\nC: d", nil), ("A\n: b", nil), ("A: \u{7F}", nil),
    ])
  func fields(line: String, expected: String?) {
    #expect(ChatRequests.field(line).map { "\($0.name)|\($0.value)" } == expected)
  }

  @Test("of several steps are read from lines")
  func steps() {
    let text = "# how to make one\n\ncreate => Which name?\r\na => b => c\nlast"
    #expect(
      ChatStep.parse(text) == [
        ChatStep("create", expecting: "Which name?"), ChatStep("a", expecting: "b => c"), ChatStep("last"),
      ])
    #expect(ChatStep("x", expecting: "NaMe").accepts("its name?"))
    #expect(ChatStep("x").accepts(""))
    #expect(!ChatStep("x", expecting: "name").accepts("price"))
  }
}
