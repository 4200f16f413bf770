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
    requests.client.body = #"{"who":"{user}","text":"{message}"}"#
    #expect(body(requests, "I am {user}", "a\"b") == #"{"who":"a\"b","text":"I am {user}"}"#)
    requests.admin.fields = [HTTPField("X-Staff", "id={user}")]
    let request = requests.request("x", from: ContextOwner(.admin, "7"))
    #expect(request.target == "/admin/assistant/chat")
    #expect(request.fields.map { "\($0.name): \($0.value)" } == ["Content-Type: application/json", "X-Staff: id=7"])
    let client = requests.request("x", from: ContextOwner(.client, "7"))
    #expect(client.fields.map(\.value) == ["application/json", "7", "Bearer client.7"])
  }

  @Test("name the conversation of the last response, where the application reads one, and carry the login")
  func conversations() {
    var requests = ChatRequests(endpoint)
    requests.client.fields = [HTTPField("X-Front", "{user}")]
    let login = [HTTPField("Cookie", "PHPSESSID=abc")]
    func text(_ conversation: String?) -> String {
      let request = requests.request("hi", from: ContextOwner(.client, "7"), login: login, continuing: conversation)
      #expect(request.fields.dropFirst().map(\.value) == ["7", "PHPSESSID=abc"])
      return String(decoding: request.body, as: UTF8.self)
    }
    #expect(text("c1") == #"{"message": "hi"}"#)
    requests.client.sentConversation = "conversationId"
    #expect(text(nil) == #"{"message": "hi"}"#)
    #expect(text("c\"1") == #"{"message":"hi","conversationId":"c\"1"}"#)
  }

  @Test("log in with what the user is called, and no response shows the password")
  func logins() throws {
    var login = LoginRequest(path: "/login", body: #"{"user":"{login}","password":"{password}"}"#)
    login.password = "se\"cret&1"
    login.names = ["7": "anna@shop.example"]
    #expect(
      String(decoding: login.message(for: "7").body, as: UTF8.self)
        == #"{"user":"anna@shop.example","password":"se\"cret&1"}"#)
    login.fields = [HTTPField("Content-Type", "application/x-www-form-urlencoded")]
    login.body = "_username={login}&_password={password}"
    #expect(
      String(decoding: login.message(for: "7").body, as: UTF8.self)
        == "_username=anna%40shop.example&_password=se%22cret%261")
    func response(_ status: Int, _ fields: [HTTPField], _ body: String = "") -> HTTPResponse {
      HTTPResponse(status: status, fields: fields, body: Array(body.utf8))
    }
    let cookies = [
      HTTPField("Set-Cookie", "PHPSESSID=abc; path=/; httponly"), HTTPField("set-cookie", "seen=1"),
    ]
    #expect(try login.fields(of: "7", response(302, cookies)) == [HTTPField("Cookie", "PHPSESSID=abc; seen=1")])
    for wrong in [response(401, cookies, "secret"), response(200, [])] {
      #expect(throws: CheckError.self) { try login.fields(of: "7", wrong) }
      do { _ = try login.fields(of: "7", wrong) } catch { #expect(!"\(error)".contains("secret")) }
    }
    login.token = MemberPath(["data", "token"])
    #expect(
      try login.fields(of: "7", response(200, [], #"{"data":{"token":"t1"}}"#))
        == [HTTPField("Authorization", "Bearer t1")])
    for wrong in ["{}", "no", #"{"data":{"token":"a\r\nb"}}"#] {
      #expect(throws: CheckError.self) { try login.fields(of: "7", response(200, [], wrong)) }
    }
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
