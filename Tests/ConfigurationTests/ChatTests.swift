import TestSupport
import Testing

@testable import Configuration

@Suite("How smoke and validate talk to the application, in the configuration")
struct ChatTests {
  @Test("The section names members, login, identity and test users")
  func section() throws {
    let text = """
      chat:
        client:
          path: /chat
          headers: ["X-Front: {user}"]
          request: {message: text, conversation: conversationId}
          response: {reply: data.reply, conversation: conversationId}
        identity: {path: /me}
        login:
          path: /login
          body: '{"email":"{login}","password":"{password}"}'
          password_file: smoke.password
          token: data.token
        users:
          - {id: u1, login: one@shop.example, role: client}
          - {id: u2}
      """
    let (found, problems) = try Configuration.read(text: cohorts + text, file: "/etc/turnout/turnout.yaml")
    #expect(problems.isEmpty)
    let chat = found.chat
    #expect(
      chat.client
        == .init(
          path: "/chat", headers: ["X-Front: {user}"], message: "text", sentConversation: "conversationId",
          reply: ["data", "reply"], conversation: ["conversationId"]))
    #expect(chat.admin == .init())
    #expect(chat.identity == .init(path: "/me", member: ["id"]))
    #expect(chat.login?.method == "POST")
    #expect(chat.login?.passwordFile == "/etc/turnout/smoke.password")
    #expect(chat.login?.token == ["data", "token"])
    #expect(chat.users == [.init(id: "u1", login: "one@shop.example", role: "client"), .init(id: "u2")])
    #expect(!chat.isUnclear)
    #expect(try configuration(cohorts).chat == ChatSettings())
  }

  @Test(
    "A mistake is reported with its key",
    arguments: [
      ("{client: {path: chat}}", "chat.client.path"), ("{identity: {member: id}}", "chat.identity.path"),
      ("{login: {body: x}}", "chat.login.path"), ("{users: [{role: client}]}", "chat.users[0].id"),
      ("{users: [{id: a, role: boss}]}", "chat.users[0].role"),
      ("{login: {path: /a, pasword: x}}", "chat.login.pasword"),
      ("{client: {response: {reply: a..b}}}", "chat.client.response.reply"),
    ])
  func mistakes(text: String, key: String) throws {
    let (found, problems) = try Configuration.read(text: cohorts + "chat: \(text)", file: "turnout.yaml")
    #expect(problems.map(\.key) == [key])
    #expect(found.chat.isUnclear)
  }
}
