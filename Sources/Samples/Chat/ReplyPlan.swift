internal import Conversations
internal import Flags

/// What there is to answer to a message, in the light of what is remembered.
struct ReplyPlan: Equatable {
  var reply: String
  /// After the answer; nil: as before.
  var state: [UInt8]?

  /// - Parameter message: the last of the user in `context`, in the bytes in which it was heard.
  init(_ message: Message, _ context: Context, _ cohort: Cohort) {
    let text = message.content.text ?? ""
    if let before = Self.state(context.state), let (reply, after) = ProductTask.answer(text, state: before) {
      self.reply = reply
      state = after == before ? nil : after.bytes
    } else {
      reply = "\(cohort) here. You said \"\(text)\". " + Self.memory(before: message, context.history)
    }
  }

  /// Without any memory.
  init(degraded message: Message, _ cohort: Cohort) {
    reply = "\(cohort) here. You said \"\(message.content.text ?? "")\". I cannot look up what was said before."
  }

  /// PHP writes `[]` for an empty object. Any other state that is no object is somebody else's, and left alone.
  private static func state(_ bytes: [UInt8]) -> JSONObject? {
    bytes == Array("[]".utf8) || bytes == Array("null".utf8) ? JSONObject() : try? JSONObject(bytes)
  }

  private static func memory(before message: Message, _ history: [Message]) -> String {
    let earlier = history[..<(history.lastIndex(of: message) ?? history.endIndex)]
    guard let last = earlier.last(where: { $0.content.role == Message.Speaker.user.rawValue }) else {
      return "This is the first message I know of."
    }
    return "Before that you said \"\(last.content.text ?? "")\". I remember \(history.count) messages."
  }
}
