internal import Conversations
internal import Flags
internal import LocalServer
internal import Reactor

/// One chat of the sample application: who, what, the context, the answer.
///
/// The user is answered whatever the store does. Without it the answer knows nothing of before, and says so: in the body
/// (`degraded`) and to the proxy (`X-Turnout-Context-Error`).
struct Chat: Sendable {
  let cohort: Cohort
  let store: any ContextStore
  let journal: MessageJournal?
  let tally: SampleTally

  /// How often an answer is thought over when others go on with the same task meanwhile.
  private static let attempts = 5

  func answer(_ request: Request, _ role: ContextRole) -> Response {
    do throws(ChatFault) {
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
    let said: Message
    do throws(ContextError) {
      let context = try store.appendUserMessage(message, from: owner)
      if context.isNew { tally.began(context, cohort) }
      let (thought, answer, after) = try say(message, context)
      said = answer
      reply = ChatReply(page, message, thought, owner: owner, after)
      reply.created = context.isNew
    } catch {
      tally.failed(error, cohort)
      reply = ChatReply(page, message, ReplyPlan(degraded: message, cohort), owner: owner, nil)
      said = Message(.assistant, reply.reply, at: Self.now)
    }
    tally.answered()
    journal?.append(said, of: owner)
    return reply.response
  }

  /// Thinks and answers, anew whenever somebody else has changed the state meanwhile. The context is as before the answer,
  /// which is given as it is stored.
  private func say(_ message: Message, _ context: Context) throws(ContextError) -> (ReplyPlan, Message, Context) {
    var (context, attempt) = (context, 1)
    while true {
      // After some attempts others may have the task; what was said is not lost.
      let thought =
        attempt > Self.attempts
        ? ReplyPlan(reply: "Somebody else goes on with this. Try again.") : ReplyPlan(message, context, cohort)
      let reply = Message(.assistant, thought.reply, at: Self.now)
      guard let changed = try store.commitReply(reply, state: thought.state, in: context) else {
        return (thought, reply, context)
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
