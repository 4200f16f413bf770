internal import Conversations
internal import Flags
internal import Glibc
internal import Reactor

// Section 5.3 of the guide: edge cases.
extension Validation {
  /// More than a conversation keeps.
  private static let many = Message.historyLimit + 2
  /// As many messages as a conversation keeps together with their replies.
  private static let few = Message.historyLimit / 2
  private static let crowd = 50

  var edges: [DiagnosticCheck] {
    [
      check("Redis away", 8) { deadline throws(CheckError) in try degrades(deadline) },
      check("TTL has expired", 2) { deadline throws(CheckError) in try expires(deadline) },
      check("over 10 messages", Self.many) { deadline throws(CheckError) in try isCut(deadline) },
      check("\(Self.crowd) at once", 6) { deadline throws(CheckError) in try isSafeAtOnce(deadline) },
    ]
  }

  private func check(
    _ name: String, _ responses: Int, _ attempt: @escaping @Sendable (Deadline) throws(CheckError) -> CheckOutcome
  ) -> DiagnosticCheck {
    DiagnosticCheck(name, section: "5.3", timeout: timeout(responses), attempt: attempt)
  }

  private func degrades(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    guard let degraded else {
      return .notAsked(
        "not asked: this check never stops the real Redis",
        advice: "Give --degraded-url of an instance without Redis, or --upstream-command to start one (docs/smoke.md).")
    }
    let user = try find(cohort, .client, 1, deadline)[0]
    for role in probe.roles { testUsers.add(ContextOwner(role, user)) }
    return try degraded.judge(user, requests, probe, deadline)
  }

  private func expires(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let (session, tag) = (session(owner), TestMessages.tag())
    try session.send(TestMessages.text("expiry", 1, of: 2, tag), deadline)
    let before = try remembered(session.sent, session, deadline)
    try probe.expire(before, inMilliseconds: 1, deadline)
    usleep(20_000)
    try session.send(TestMessages.text("expiry", 2, of: 2, tag), deadline)
    // It is not put elsewhere: under which id it began is the question.
    guard let after = try probe.read(cohort, of: owner, deadline) else {
      throw try probe.absence(of: owner, from: cohort, deadline)
    }
    guard after.messages == nil || after.missing([session.sent[1]]).isEmpty else {
      throw CheckError(
        "\(after.historyKey) lacks the message after the expiry",
        advice: "Make the \(cohort) application append every message to the history and save it.")
    }
    guard before.cohort == .legacy || before.id != after.id else {
      throw CheckError(
        "after the expiry conversation \(after.id) continues", advice: "Begin a conversation with a new UUID.")
    }
    guard after.missing([session.sent[0]]).count == 1 else {
      throw CheckError(
        "after the expiry \(after.historyKey) contains earlier messages",
        advice: "Where does the application keep them?")
    }
    return .pass(cohort == .unified ? "then \(after.id) began" : "then the context began anew")
  }

  private func isCut(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let (session, tag) = (session(owner), TestMessages.tag())
    for number in 1...Self.many {
      try session.send(TestMessages.text("history", number, of: Self.many, tag), deadline)
      if number == 1 { _ = try stored(session, deadline) }
    }
    let context = try stored(session, deadline)
    guard let messages = context.messages else {
      return .notAsked("it keeps no messages in Redis", advice: "There is nothing to truncate.")
    }
    let texts = context.userTexts
    guard messages.count == Message.historyLimit else {
      throw CheckError(
        "\(context.historyKey) has \(messages.count) messages after \(Self.many) of the user, not the last \(Message.historyLimit)",
        advice: "Truncate the history to the last \(Message.historyLimit) messages whenever one is appended.")
    }
    let expected = session.sent.suffix(texts.count)
    guard !texts.isEmpty, zip(texts, expected).allSatisfy({ $0.contains($1) }) else {
      throw CheckError(
        "\(context.historyKey) does not have the last messages in their order",
        advice: "Append at the end, and remove the oldest from the front.")
    }
    return .pass("\(messages.count) messages kept, the last ones in order")
  }

  /// First as many messages as are kept, so that each must be found; then a crowd that the count in meta must include.
  private func isSafeAtOnce(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let owner = try visitor(.client, deadline)
    let session = session(owner)
    // One message alone, where the others must name the conversation that it began.
    let opening = requests[owner.role].sentConversation == nil ? 0 : 1
    if opening > 0 {
      try session.send(TestMessages.text("at once", 0, of: Self.few, TestMessages.tag()), deadline)
      _ = try stored(session, deadline)
    }
    let first = session.sent + (try together(Self.few - opening, session, deadline))
    let before = try remembered([], session, deadline)
    guard before.messages != nil else {
      let sent = try together(Self.crowd, session, deadline)
      return .pass("\(first.count + sent.count) responses; it keeps no messages in Redis")
    }
    let lost = first.filter { text in !before.userTexts.contains { $0.contains(text) } }
    guard lost.isEmpty else { throw Self.lost("\(lost.count) of \(first.count)", before) }
    let sent = try together(Self.crowd, session, deadline)
    return try consistent(before, try stored(session, deadline), sent: first + sent)
  }

  private func together(_ count: Int, _ session: ChatSession, _ deadline: Deadline) throws(CheckError) -> [String] {
    let tag = TestMessages.tag()
    let texts = (1...count).map { TestMessages.text("at once", $0, of: count, tag) }
    let load = ChatLoad(
      requests: requests, cohort: cohort, users: Array(repeating: session.owner.user, count: count),
      conversation: session.conversation, noting: testUsers)
    let outcome = try load.send(texts, deadline)
    guard outcome.failures == 0 else {
      throw CheckError(
        "\(outcome.failures) of \(count) concurrent messages failed: \(outcome.firstError?.found ?? "")",
        advice: outcome.firstError?.advice ?? "See the log of the application.")
    }
    return texts
  }

  private func consistent(
    _ before: ProbedContext, _ after: ProbedContext, sent: [String]
  ) throws(CheckError) -> CheckOutcome {
    guard before.id == after.id else {
      throw CheckError(
        "\(Self.crowd) concurrent messages began another conversation",
        advice: "Look up and write the current conversation in one atomic step.")
    }
    let places = after.userTexts.map { text in sent.firstIndex { text.contains($0) } }
    guard after.messages?.count == Message.historyLimit, places.allSatisfy({ $0 != nil }),
      Set(places).count == places.count
    else {
      throw CheckError(
        "\(after.historyKey) has \(after.messages?.count ?? 0) messages, some twice or not of this user",
        advice: "Append and truncate in one atomic step (Lua, or WATCH).")
    }
    // The application may count the replies or not.
    guard let counted = before.messageCount, counted.isMultiple(of: Self.few), let total = after.messageCount else {
      return .pass("\(sent.count) responses, the history is complete; the application does not count messages")
    }
    let expected = counted / Self.few * sent.count
    guard total >= expected else { throw Self.lost("\(expected - total) of \(expected)", after) }
    return .pass("\(sent.count) responses, \(total) messages counted, none lost")
  }

  private static func lost(_ what: String, _ context: ProbedContext) -> CheckError {
    CheckError(
      "\(what) concurrent messages are lost in \(context.historyKey)",
      advice:
        "If two requests read before either writes: append in one atomic step (Lua, or WATCH). If the application "
        + "responded without contexts, its log says why; turnout_context_load_errors_total counts it.")
  }
}
