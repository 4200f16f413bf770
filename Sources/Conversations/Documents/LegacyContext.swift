/// The single JSON value of a user in the legacy layout:
///
///     {"user_id":"42","state":{...},"messages":[...],"created_at":MS,"updated_at":MS}
///
/// Applications differ: the state is `state` or `context`, the messages are `messages` or `history`. A value with neither
/// `state` nor `context` is itself the state, except for the other members above.
package struct LegacyContext: Sendable, Equatable {
  private var object: JSONObject
  /// Oldest first.
  package private(set) var messages: [Message]

  package init(owner: ContextOwner, createdAt: Int) {
    object = JSONObject()
    object.set("user_id", owner.user)
    object["state"] = Array("{}".utf8)
    object["messages"] = Array("[]".utf8)
    object.set("created_at", createdAt)
    object.set("updated_at", createdAt)
    messages = []
  }

  /// Why a value is unreadable.
  package enum ParseError: Error, Equatable, CustomStringConvertible {
    case notJSON(JSONSyntaxError)
    case messagesNotList

    package var description: String {
      switch self {
      case .notJSON(let fault): "not a JSON object: at byte \(fault.offset), expected \(fault.expected)"
      case .messagesNotList: "its messages are not a list"
      }
    }
  }

  package init(_ value: [UInt8]) throws(ParseError) {
    do throws(JSONSyntaxError) { object = try JSONObject(value) } catch { throw .notJSON(error) }
    guard let list = Self.value(object, "messages") ?? Self.value(object, "history") else {
      messages = []
      return
    }
    do throws(JSONSyntaxError) { messages = try Message.list(in: list) } catch { throw .messagesNotList }
  }

  /// A JSON value.
  package var state: [UInt8] {
    if let state = value("state") ?? value("context") { return state }
    var rest = object
    for name in Self.names { rest[name] = nil }
    return rest.bytes
  }

  /// The value of a member; nil where it is missing or null.
  private func value(_ name: String) -> [UInt8]? { Self.value(object, name) }

  private static func value(_ object: JSONObject, _ name: String) -> [UInt8]? {
    object[name].flatMap { $0 == Array("null".utf8) ? nil : $0 }
  }

  private static let names: Set = ["messages", "history", "user_id", "created_at", "updated_at"]

  /// Milliseconds since 1970; converted where the application writes seconds.
  package var createdAt: Int? { object.number("created_at").map { Self.isSeconds($0) ? $0 * 1_000 : $0 } }
  package var updatedAt: Int? { object.number("updated_at").map { Self.isSeconds($0) ? $0 * 1_000 : $0 } }

  /// As seconds this range is 2001 to 5138; as milliseconds it would end in March 1973.
  private static func isSeconds(_ time: Int) -> Bool { (1_000_000_000..<100_000_000_000).contains(time) }

  /// Replaces messages, state and time; other members stay. Where the value itself was the state, `state` replaces its
  /// members. `updated_at` is replaced only where it is a number, in its unit.
  package mutating func replace(messages: [Message], state: [UInt8], updatedAt: Int) {
    self.messages = messages
    object[value("messages") == nil && value("history") != nil ? "history" : "messages"] = Message.array(of: messages)
    if self.state != state {
      if value("state") == nil, value("context") == nil {
        object.retain(Self.names)
      }
      object[value("state") == nil && value("context") != nil ? "context" : "state"] = state
    }
    guard let written = object.number("updated_at") else { return }
    object.set("updated_at", Self.isSeconds(written) ? updatedAt / 1_000 : updatedAt)
  }

  /// The value to store.
  package var bytes: [UInt8] { object.bytes }
}
