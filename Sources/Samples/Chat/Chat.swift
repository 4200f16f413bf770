internal import Conversations
internal import Flags
internal import LocalServer
internal import Reactor

/// The chat of the sample application: reads the request, loads the context, replies.
///
/// The user always gets a reply. Without the store the reply ignores earlier messages and says so: in the body (`degraded`)
/// and to the proxy (`X-Turnout-Context-Error`).
struct Chat: Sendable {
  let cohort: Cohort
  let store: any ContextStore
  let journal: MessageJournal?
  let tally: SampleTally

  /// How often a reply is computed again when another request advances the same task.
  private static let attempts = 5

  func respond(_ request: Request, _ role: ContextRole) -> Response {
    do throws(ChatError) {
      guard request.method == "POST" else { throw .wrongMethod }
      let caller = try ChatCaller(request)
      guard role == .client || caller.role != .client else { throw .notAdmin }
      let message = try ChatMessage.read(request.body)
      var page = SamplePage(request, cohort)
      page.user = caller.user
      return response(page, Message(.user, message, at: Self.now), ContextOwner(role, caller.user))
    } catch {
      return error.response(cohort)
    }
  }

  private func response(_ page: SamplePage, _ message: Message, _ owner: ContextOwner) -> Response {
    journal?.append(message, of: owner)
    var reply: ChatReply
    let replyMessage: Message
    do throws(ContextError) {
      let context = try store.appendUserMessage(message, from: owner)
      if context.isNew { tally.began(context, cohort) }
      let (plan, committed, after) = try commitReply(to: message, in: context)
      replyMessage = committed
      reply = ChatReply(page, message, plan, owner: owner, after)
      reply.created = context.isNew
    } catch {
      tally.failed(error, cohort)
      reply = ChatReply(page, message, ReplyPlan(degraded: message, cohort), owner: owner, nil)
      replyMessage = Message(.assistant, reply.reply, at: Self.now)
    }
    tally.replied()
    journal?.append(replyMessage, of: owner)
    return reply.response
  }

  /// Computes and commits a reply, again whenever another request has changed the state. Returns the reply as stored and the
  /// context before it.
  private func commitReply(to message: Message, in context: Context) throws(ContextError) -> (
    ReplyPlan, Message, Context
  ) {
    var (context, attempt) = (context, 1)
    while true {
      // After some attempts the other request keeps the task; the user's message is stored already.
      let plan =
        attempt > Self.attempts
        ? ReplyPlan(reply: "Another request continues this task. Try again.") : ReplyPlan(message, context, cohort)
      let reply = Message(.assistant, plan.reply, at: Self.now)
      guard let changed = try store.commitReply(reply, state: plan.state, in: context) else {
        return (plan, reply, context)
      }
      (context, attempt) = (changed, attempt + 1)
    }
  }

  /// Milliseconds since 1970.
  private static var now: Int { Int(clamping: WallClock.now() / 1_000_000) }
}

extension ReplyPlan {
  fileprivate init(reply: String) { self.reply = reply }
}

/// The reply to a message and the new state, computed from the context.
struct ReplyPlan: Equatable {
  var reply: String
  /// The new state; nil: unchanged.
  var state: [UInt8]?

  /// - Parameter message: the user's last message in `context`, in its original bytes.
  init(_ message: Message, _ context: Context, _ cohort: Cohort) {
    let text = message.content.text ?? ""
    if let before = Self.state(context.state), let (reply, after) = ProductTask.reply(to: text, state: before) {
      self.reply = reply
      state = after == before ? nil : after.bytes
    } else {
      reply = "\(cohort) here. You said \"\(text)\". " + Self.memory(before: message, context.history)
    }
  }

  /// Without a context.
  init(degraded message: Message, _ cohort: Cohort) {
    reply = "\(cohort) here. You said \"\(message.content.text ?? "")\". I cannot look up what was said before."
  }

  /// PHP writes `[]` for an empty object. Any other state that is not an object belongs to another application and stays.
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
