package import Conversations
package import HTTPClient

/// How to send a chat message to an application with paths and credentials of its own. `{user}` stands for the user, and
/// in the body `{message}` for the message.
package struct ChatRequests: Sendable {
  package var endpoint: HTTPEndpoint
  package var clientPath = "/api/chat"
  package var adminPath = "/admin/assistant/chat"
  package var clientFields = Self.standardFields(.client)
  package var adminFields = Self.standardFields(.admin)
  package var body = Self.standardBody
  /// For each response.
  package var timeout = Duration.seconds(10)

  /// Those of the sample application.
  private static func standardFields(_ role: ContextRole) -> [HTTPField] {
    [HTTPField("X-User-Id", "{user}"), HTTPField("Authorization", "Bearer \(role.rawValue).{user}")]
  }
  package static let standardBody = #"{"message": "{message}"}"#

  package init(_ endpoint: HTTPEndpoint) { self.endpoint = endpoint }

  package func path(_ role: ContextRole) -> String { role == .client ? clientPath : adminPath }

  package func request(_ message: String, from owner: ContextOwner) -> HTTPRequest {
    let fields = owner.role == .client ? clientFields : adminFields
    // The user first: a message may contain "{user}".
    let text = body.replacing("{user}", with: Self.inJSON(owner.user)).replacing(
      "{message}", with: Self.inJSON(message))
    return HTTPRequest(
      "POST", path(owner.role),
      fields: [HTTPField("Content-Type", "application/json")]
        + fields.map { HTTPField($0.name, $0.value.replacing("{user}", with: owner.user)) },
      body: Array(text.utf8))
  }

  private static func inJSON(_ text: String) -> String {
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
