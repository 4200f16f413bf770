internal import Conversations
internal import Flags
internal import Glibc

// Section 5.3: what happens rarely.
extension Validation {
  /// More than are kept.
  private static let many = Message.kept + 2
  /// At once, all of which are kept with their answers.
  private static let few = Message.kept / 2
  private static let crowd = 50

  var edges: [Check] {
    [
      check("Redis away", 8) { limit throws(CheckFault) in try degrades(limit) },
      check("TTL has expired", 2) { limit throws(CheckFault) in try expires(limit) },
      check("over 10 messages", Self.many) { limit throws(CheckFault) in try isCut(limit) },
      check("\(Self.crowd) at once", 6) { limit throws(CheckFault) in try isSafeAtOnce(limit) },
    ]
  }

  private func check(
    _ name: String, _ answers: Int, _ attempt: @escaping @Sendable (TimeLimit) throws(CheckFault) -> CheckOutcome
  ) -> Check {
    Check(name, section: "5.3", limitNanoseconds: patience(answers), attempt: attempt)
  }

  private func degrades(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    guard let degraded else {
      return .notAsked(
        "not asked: the real Redis is left alone",
        advice: "Give --degraded-url of an instance without Redis, or --upstream-command to start one (docs/smoke.md).")
    }
    let user = try find(cohort, 1, limit)[0]
    for role in ContextRole.allCases { traces.add(ContextOwner(role, user)) }
    return try degraded.judge(user, requests, probe, limit)
  }

  private func expires(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let (talk, tag) = (talk(owner), ChatTexts.tag())
    try talk.say(ChatTexts.text("expiry", 1, of: 2, tag), limit)
    let before = try remembered(talk.said, owner, limit)
    try probe.expire(before, inMilliseconds: 1, limit)
    usleep(20_000)
    try talk.say(ChatTexts.text("expiry", 2, of: 2, tag), limit)
    let after = try remembered([talk.said[1]], owner, limit)
    guard before.cohort == .legacy || before.id != after.id else {
      throw CheckFault(
        "after the expiry conversation \(after.id) goes on", advice: "Begin a conversation with a new UUID.")
    }
    guard after.missing([talk.said[0]]).count == 1 else {
      throw CheckFault(
        "after the expiry \(after.historyKey) has messages of before", advice: "Where does the application keep them?")
    }
    return .pass(cohort == .unified ? "then \(after.id) began" : "then the context began anew")
  }

  private func isCut(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let (talk, tag) = (talk(owner), ChatTexts.tag())
    for number in 1...Self.many { try talk.say(ChatTexts.text("history", number, of: Self.many, tag), limit) }
    let context = try stored(owner, limit)
    guard let messages = context.messages else {
      return .notAsked("it keeps no messages in Redis", advice: "There is nothing to cut.")
    }
    let texts = context.userTexts
    guard messages.count == Message.kept else {
      throw CheckFault(
        "\(context.historyKey) has \(messages.count) messages after \(Self.many) of the user, not the last \(Message.kept)",
        advice: "Cut the history to the last \(Message.kept) messages whenever one is appended.")
    }
    let expected = talk.said.suffix(texts.count)
    guard !texts.isEmpty, zip(texts, expected).allSatisfy({ $0.contains($1) }) else {
      throw CheckFault(
        "\(context.historyKey) does not have the last messages in their order",
        advice: "Append at the end, and remove the oldest at the front.")
    }
    return .pass("\(messages.count) messages kept, the last ones in order")
  }

  /// First as many as are kept, so that each must be found; then a crowd, which the count in meta must hold.
  private func isSafeAtOnce(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let first = try together(Self.few, owner, limit)
    let before = try remembered([], owner, limit)
    guard before.messages != nil else {
      let said = try together(Self.crowd, owner, limit)
      return .pass("\(first.count + said.count) answers; it keeps no messages in Redis")
    }
    let lost = first.filter { text in !before.userTexts.contains { $0.contains(text) } }
    guard lost.isEmpty else { throw Self.lost("\(lost.count) of \(first.count)", before) }
    let said = try together(Self.crowd, owner, limit)
    return try consistent(before, try stored(owner, limit), said: first + said)
  }

  private func together(_ count: Int, _ owner: ContextOwner, _ limit: TimeLimit) throws(CheckFault) -> [String] {
    let tag = ChatTexts.tag()
    let texts = (1...count).map { ChatTexts.text("at once", $0, of: count, tag) }
    let load = ChatLoad(
      requests: requests, cohort: cohort, users: Array(repeating: owner.user, count: count))
    let outcome = try load.send(texts, limit)
    guard outcome.failures == 0 else {
      throw CheckFault(
        "\(outcome.failures) of \(count) at once were not answered: \(outcome.fault?.found ?? "")",
        advice: outcome.fault?.advice ?? "See the log of the application.")
    }
    return texts
  }

  private func consistent(
    _ before: StoredContext, _ after: StoredContext, said: [String]
  ) throws(CheckFault) -> CheckOutcome {
    guard before.id == after.id else {
      throw CheckFault(
        "\(Self.crowd) at once began another conversation", advice: "Find and write the current one in one step.")
    }
    let places = after.userTexts.map { text in said.firstIndex { text.contains($0) } }
    guard after.messages?.count == Message.kept, places.allSatisfy({ $0 != nil }), Set(places).count == places.count
    else {
      throw CheckFault(
        "\(after.historyKey) has \(after.messages?.count ?? 0) messages, some twice or not of this user",
        advice: "Append and cut in one step (Lua, or WATCH).")
    }
    // With its answer, or alone, as the application keeps it.
    guard let counted = before.said, counted.isMultiple(of: Self.few), let total = after.said else {
      return .pass("\(said.count) answers, the history whole; nobody counts the messages")
    }
    let expected = counted / Self.few * said.count
    guard total >= expected else { throw Self.lost("\(expected - total) of \(expected)", after) }
    return .pass("\(said.count) answers, \(total) messages counted, none lost")
  }

  private static func lost(_ what: String, _ context: StoredContext) -> CheckFault {
    CheckFault(
      "\(what) messages at once are lost in \(context.historyKey)",
      advice: "If two requests read and both write: append in one step (Lua, or WATCH). If the application answered "
        + "without contexts, its log says why; turnout_context_load_errors_total counts it.")
  }
}
