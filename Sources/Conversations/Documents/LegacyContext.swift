/// The one JSON value that the legacy layout keeps of a user:
///
///     {"user_id":"42","state":{...},"messages":[...],"created_at":MS,"updated_at":MS}
///
/// Other applications write other members: the state is `state` or `context`, the messages are `messages` or `history`. A
/// value with neither `state` nor `context` is itself the state, but for the members named above.
package struct LegacyContext: Sendable, Equatable {
  private var object: JSONObject
  /// The oldest first.
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

  /// Why a value cannot be read.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case notJSON(JSONSlices.Fault)
    case messagesAreNoList

    package var description: String {
      switch self {
      case .notJSON(let fault): "no JSON object: at byte \(fault.offset), expected \(fault.expected)"
      case .messagesAreNoList: "its messages are no list"
      }
    }
  }

  package init(_ value: [UInt8]) throws(Fault) {
    do throws(JSONSlices.Fault) { object = try JSONObject(value) } catch { throw .notJSON(error) }
    guard let list = Self.value(object, "messages") ?? Self.value(object, "history") else {
      messages = []
      return
    }
    do throws(JSONSlices.Fault) { messages = try Message.list(in: list) } catch { throw .messagesAreNoList }
  }

  /// A JSON value.
  package var state: [UInt8] {
    if let state = value("state") ?? value("context") { return state }
    var rest = object
    for name in Self.names { rest[name] = nil }
    return rest.bytes
  }

  /// A member that says something.
  private func value(_ name: String) -> [UInt8]? { Self.value(object, name) }

  private static func value(_ object: JSONObject, _ name: String) -> [UInt8]? {
    object[name].flatMap { $0 == Array("null".utf8) ? nil : $0 }
  }

  private static let names: Set = ["messages", "history", "user_id", "created_at", "updated_at"]

  /// Milliseconds since 1970, also where the application writes whole seconds.
  package var createdAt: Int? { object.number("created_at").map { Self.isSeconds($0) ? $0 * 1_000 : $0 } }
  package var updatedAt: Int? { object.number("updated_at").map { Self.isSeconds($0) ? $0 * 1_000 : $0 } }

  /// Between 2001 and 5138 as seconds; as milliseconds that would be before March 1973.
  private static func isSeconds(_ time: Int) -> Bool { (1_000_000_000..<100_000_000_000).contains(time) }

  /// Puts these in the place of what is there; all other members stay. Where the value itself was the state, its members
  /// give way to `state`. The time is written where a number stands, in its unit: another form is the application's own.
  package mutating func replace(messages: [Message], state: [UInt8], updatedAt: Int) {
    self.messages = messages
    object[value("messages") == nil && value("history") != nil ? "history" : "messages"] = Message.array(of: messages)
    if self.state != state {
      if value("state") == nil, value("context") == nil {
        object.keep(Self.names)
      }
      object[value("state") == nil && value("context") != nil ? "context" : "state"] = state
    }
    guard let written = object.number("updated_at") else { return }
    object.set("updated_at", Self.isSeconds(written) ? updatedAt / 1_000 : updatedAt)
  }

  /// The value as it is stored.
  package var bytes: [UInt8] { object.bytes }
}
