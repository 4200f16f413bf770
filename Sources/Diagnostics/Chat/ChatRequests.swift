package import Conversations
package import HTTPClient

/// How to send a chat message to an application with paths, members and credentials of its own. `{user}` stands for the
/// user, and in the body `{message}` for the message.
package struct ChatRequests: Sendable {
  /// The chat of one role.
  package struct Chat: Sendable {
    package var path: String
    /// Sent with each message, besides the login of the user.
    package var fields: [HTTPField]
    package var body = ChatRequests.standardBody
    /// The member of the request that names the conversation; nil: none does.
    package var sentConversation: String?
    /// The members of the response that name the conversation and hold the text; nil: not read.
    package var conversation: MemberPath?
    package var reply: MemberPath?

    package init(_ path: String, _ role: ContextRole) {
      self.path = path
      // Those of the sample application.
      fields = [HTTPField("X-User-Id", "{user}"), HTTPField("Authorization", "Bearer \(role.rawValue).{user}")]
    }
  }

  package var endpoint: HTTPEndpoint
  package var client = Chat("/api/chat", .client)
  package var admin = Chat("/admin/assistant/chat", .admin)
  package var logins = TestLogins()
  package var identity: IdentityRequest?
  /// For each response.
  package var timeout = Duration.seconds(10)

  package static let standardBody = #"{"message": "{message}"}"#

  package init(_ endpoint: HTTPEndpoint) { self.endpoint = endpoint }

  package subscript(role: ContextRole) -> Chat { role == .client ? client : admin }

  /// - Parameters:
  ///   - login: the fields of the user's login.
  ///   - conversation: the id that the last response named.
  package func request(
    _ message: String, from owner: ContextOwner, login: [HTTPField] = [], continuing conversation: String? = nil
  ) -> HTTPRequest {
    let chat = self[owner.role]
    // The user first: a message may contain "{user}".
    let text = chat.body.replacing("{user}", with: Self.inJSON(owner.user)).replacing(
      "{message}", with: Self.inJSON(message))
    var body = Array(text.utf8)
    if let member = chat.sentConversation, let conversation, var object = try? JSONObject(body) {
      object.set(member, conversation)
      body = object.bytes
    }
    return HTTPRequest(
      "POST", chat.path,
      fields: [HTTPField("Content-Type", "application/json")] + fields(of: owner, login), body: body)
  }

  func fields(of owner: ContextOwner, _ login: [HTTPField]) -> [HTTPField] {
    self[owner.role].fields.map { HTTPField($0.name, $0.value.replacing("{user}", with: owner.user)) } + login
  }

  static func inJSON(_ text: String) -> String {
    String(decoding: JSONBytes.quoted(text).dropFirst().dropLast(), as: UTF8.self)
  }

  /// Reads `Name: value`; nil for text that is not exactly one header field.
  package static func field(_ line: String) -> HTTPField? {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
    let name = line[..<colon]
    let value = line[line.index(after: colon)...].drop { $0 == " " }
    let isToken = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
    guard isToken, isValue(String(value)) else { return nil }
    return HTTPField(String(name), String(value))
  }

  /// Whether text can stand in a header field.
  package static func isValue(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}

/// Asks the application who is logged in: `GET` of a path, whose response has the user in a member.
package struct IdentityRequest: Sendable, Equatable {
  package var path: String
  package var member: MemberPath

  package init(path: String, member: MemberPath) {
    self.path = path
    self.member = member
  }
}

/// Message texts that occur nowhere else.
enum TestMessages {
  /// Eight hexadecimal digits, different for every run.
  static func tag() -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  static func text(_ test: String, _ number: Int, of count: Int, _ tag: String) -> String {
    "turnout \(test) test, message \(number) of \(count), \(tag)"
  }
}
