/// One line of a file of messages:
///
///     {"channel":"client","user_id":"42","role":"user","content":"...","at":1732345678901}
///
/// `channel` is client or admin; a `user_id` may be a number; `at` is milliseconds since 1970 and may be missing. The
/// message is what remains without `channel` and `user_id`, byte by byte.
struct MessageLine {
  var owner: ContextOwner
  var message: Message

  struct Fault: Error {
    var reason: String
  }

  init(_ bytes: [UInt8]) throws(Fault) {
    var object: JSONObject
    do throws(JSONSlices.Fault) { object = try JSONObject(bytes) } catch {
      throw Fault(reason: "no JSON object: at byte \(error.offset), expected \(error.expected)")
    }
    guard let role = object.text("channel").flatMap({ ContextRole(rawValue: $0) }) else {
      throw Fault(reason: "\"channel\" is neither \"client\" nor \"admin\"")
    }
    guard let user = object.text("user_id") ?? object.number("user_id").map({ "\($0)" }), !user.isEmpty else {
      throw Fault(reason: "\"user_id\" is no text and no whole number")
    }
    guard object.text("role") != nil else { throw Fault(reason: "\"role\" is no text") }
    guard object.text("content") != nil else { throw Fault(reason: "\"content\" is no text") }
    guard object["at"] == nil || object.number("at") != nil else { throw Fault(reason: "\"at\" is no whole number") }
    owner = ContextOwner(role, user)
    object["channel"] = nil
    object["user_id"] = nil
    message = Message(json: object.bytes)
  }

  /// The line of a message, with its end. Nil for a message that is no JSON object.
  static func bytes(_ message: Message, of owner: ContextOwner) -> [UInt8]? {
    guard let said = try? JSONObject(message.json) else { return nil }
    var line = JSONObject()
    line.set("channel", owner.role.rawValue)
    line.set("user_id", owner.user)
    for member in said.members where line[member.name] == nil { line[member.name] = member.value }
    return line.bytes + [0x0A]
  }
}
