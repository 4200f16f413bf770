internal import Conversations
internal import Flags
internal import HTTPClient
internal import Reactor

// Section 5.1 of the guide: functional tests.
extension Validation {
  var functional: [DiagnosticCheck] {
    [
      check("new conversation", 1) { deadline throws(CheckError) in try begins(deadline) },
      check("continues", 2) { deadline throws(CheckError) in try continues(deadline) },
      check("history persists", 3) { deadline throws(CheckError) in try persists(deadline) },
      check("admin assistant", 3) { deadline throws(CheckError) in try admin(deadline) },
      check("several steps", steps.count) { deadline throws(CheckError) in try several(deadline) },
      check("TTL is refreshed", 2) { deadline throws(CheckError) in try refreshes(deadline) },
    ]
  }

  private func check(
    _ name: String, _ responses: Int, _ attempt: @escaping @Sendable (Deadline) throws(CheckError) -> CheckOutcome
  ) -> DiagnosticCheck {
    DiagnosticCheck(name, section: "5.1", timeout: timeout(responses), attempt: attempt)
  }

  /// Sends `count` messages, each over a new connection, as after a page reload.
  private func send(
    _ count: Int, _ owner: ContextOwner, _ deadline: Deadline
  ) throws(CheckError) -> (context: ProbedContext, first: ProbedContext) {
    let (session, tag) = (session(owner), TestMessages.tag())
    var first: ProbedContext?
    for number in 1...count {
      session.reconnect()
      try session.send(TestMessages.text("validate", number, of: count, tag), deadline)
      let context = try stored(session, deadline)
      if let first { try expectSame(first, context, session) }
      first = first ?? context
    }
    let context = try remembered(session.sent, session, deadline)
    return (context, first ?? context)
  }

  private func begins(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let (context, _) = try send(1, owner, deadline)
    return .pass(cohort == .unified ? "conversation \(context.id)" : context.id)
  }

  private func continues(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    _ = try send(2, owner, deadline)
    return .pass("the second message is in the conversation of the first")
  }

  private func expectSame(
    _ one: ProbedContext, _ other: ProbedContext, _ session: ChatSession
  ) throws(CheckError) {
    guard one.id == other.id else {
      let pointer = try probe.layout(of: one.owner.role).unified.pointer?.name(one.owner.user)
      throw CheckError(
        "a later message began another conversation: \(one.id), then \(other.id)",
        advice: "Make the application look up the current conversation: "
          + "\(pointer ?? "by the id of its row, which is another one after each message").")
    }
    guard one.createdAt == other.createdAt else {
      throw CheckError(
        "a later message began \(other.id) anew: its time of creation changed",
        advice: "Make the application read the context before it writes it.")
    }
  }

  private func persists(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let (context, _) = try send(3, owner, deadline)
    guard let messages = context.messages else { return .pass("the context stays; it keeps no messages in Redis") }
    return .pass("\(messages.count) messages after three page loads")
  }

  private func admin(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    guard let skipped = skipped(.admin) else {
      let (context, _) = try send(3, try visitor(.admin, deadline), deadline)
      return .pass("3 responses; \(context.historyKey)")
    }
    return skipped
  }

  /// Why the checks of a role are not made; nil: they are.
  private func skipped(_ role: ContextRole) -> CheckOutcome? {
    guard probe.layout.roles[role] != nil else {
      return .notAsked("the layout has no role \(role.rawValue)", advice: "Describe it in the file of contexts.layout.")
    }
    guard users.cover(role) else {
      return .notAsked("no test user of role \(role.rawValue)", advice: "Give --admin-user, or one in chat.users.")
    }
    return nil
  }

  private func several(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    guard !steps.isEmpty else {
      return .notAsked(
        "no dialogue of this application", advice: "Describe one in a file: --steps FILE (docs/smoke.md).")
    }
    if let skipped = skipped(.admin) { return skipped }
    let owner = try visitor(.admin, deadline)
    let session = session(owner)
    var states: [[UInt8]] = []
    for (number, step) in steps.enumerated() {
      let response = try session.send(step.message, deadline)
      guard step.accepts(response.text) else {
        let text = response.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        throw CheckError(
          "step \(number + 1) of \(steps.count), \"\(step.message)\": no \"\(step.expected ?? "")\" in \(text.prefix(160))",
          advice: "Is this the dialogue of your application? Describe it in a file: --steps FILE (docs/smoke.md).")
      }
      let state = try stored(session, deadline).state
      if state != states.last { states.append(state) }
    }
    guard states.count > 1 || steps.count < 2 else {
      return .warn(
        "\(steps.count) steps with the expected responses, but the state in Redis never changed",
        advice: "If the application keeps the steps elsewhere, they do not move with the context.")
    }
    return .pass("\(steps.count) steps, the state changed with them")
  }

  private func refreshes(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let session = session(owner)
    try session.send(TestMessages.text("validate", 1, of: 2, TestMessages.tag()), deadline)
    let half = min(lifetimes.seconds(owner.role), ContextLifetimes.inactive) * 500
    try probe.expire(try stored(session, deadline), inMilliseconds: half, deadline)
    try session.send(TestMessages.text("validate", 2, of: 2, TestMessages.tag()), deadline)
    let context = try stored(session, deadline)
    if let error = context.lifetimeError(lifetimes, interactionMilliseconds: session.milliseconds) { throw error }
    return .pass("from \(half / 1_000) s: \(context.lifetimeText)")
  }
}
