internal import Conversations
internal import Flags
internal import HTTPClient

// Section 5.1: what users can do.
extension Validation {
  var functional: [Check] {
    [
      check("new conversation", 1) { limit throws(CheckFault) in try begins(limit) },
      check("continues", 2) { limit throws(CheckFault) in try continues(limit) },
      check("history persists", 3) { limit throws(CheckFault) in try persists(limit) },
      check("admin assistant", 3) { limit throws(CheckFault) in try admin(limit) },
      check("several steps", steps.count) { limit throws(CheckFault) in try several(limit) },
      check("TTL is refreshed", 2) { limit throws(CheckFault) in try refreshes(limit) },
    ]
  }

  private func check(
    _ name: String, _ answers: Int, _ attempt: @escaping @Sendable (TimeLimit) throws(CheckFault) -> CheckOutcome
  ) -> Check {
    Check(name, section: "5.1", limitNanoseconds: patience(answers), attempt: attempt)
  }

  /// Says so many messages, each as from a page that was loaded anew.
  private func say(
    _ count: Int, _ owner: ContextOwner, _ limit: TimeLimit
  ) throws(CheckFault) -> (context: StoredContext, first: StoredContext) {
    let (talk, tag) = (talk(owner), ChatTexts.tag())
    var first: StoredContext?
    for number in 1...count {
      talk.reload()
      try talk.say(ChatTexts.text("validate", number, of: count, tag), limit)
      let context = try remembered(talk.said, owner, limit)
      first = first ?? context
    }
    let context = try remembered(talk.said, owner, limit)
    return (context, first ?? context)
  }

  private func begins(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let (context, _) = try say(1, owner, limit)
    return .pass(cohort == .unified ? "conversation \(context.id)" : context.id)
  }

  private func continues(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let (context, first) = try say(2, owner, limit)
    try expectSame(first, context)
    return .pass("the second message is in the conversation of the first")
  }

  private func expectSame(_ one: StoredContext, _ other: StoredContext) throws(CheckFault) {
    guard one.id != other.id else { return }
    throw CheckFault(
      "a later message began another conversation: \(one.id), then \(other.id)",
      advice: "Have the application look the current conversation up: \(one.owner.currentKey).")
  }

  private func persists(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let (context, first) = try say(3, owner, limit)
    try expectSame(first, context)
    guard let messages = context.messages else { return .pass("the context stays; it keeps no messages in Redis") }
    return .pass("\(messages.count) messages after three page loads")
  }

  private func admin(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.admin, limit)
    let (context, first) = try say(3, owner, limit)
    try expectSame(first, context)
    return .pass("3 answers; \(context.historyKey)")
  }

  private func several(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.admin, limit)
    let talk = talk(owner)
    var states: [[UInt8]] = []
    for (number, step) in steps.enumerated() {
      let answer = try talk.say(step.message, limit)
      guard step.isAnswered(by: answer.text) else {
        let text = answer.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        throw CheckFault(
          "step \(number + 1) of \(steps.count), \"\(step.message)\": no \"\(step.expected ?? "")\" in \(text.prefix(160))",
          advice: "Is this the dialogue of your application? Describe it in a file: --steps FILE (docs/smoke.md).")
      }
      let state = try stored(owner, limit).state
      if state != states.last { states.append(state) }
    }
    guard states.count > 1 || steps.count < 2 else {
      return .warn(
        "\(steps.count) steps answered as expected, but the state in Redis never changed",
        advice: "If the steps are kept elsewhere, they do not move with the context.")
    }
    return .pass("\(steps.count) steps, the state changed with them")
  }

  private func refreshes(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let owner = try visitor(.client, limit)
    let talk = talk(owner)
    try talk.say(ChatTexts.text("validate", 1, of: 2, ChatTexts.tag()), limit)
    let half = min(lifetimes.seconds(owner.role), ContextLifetimes.inactive) * 500
    try probe.expire(try stored(owner, limit), inMilliseconds: half, limit)
    try talk.say(ChatTexts.text("validate", 2, of: 2, ChatTexts.tag()), limit)
    let context = try stored(owner, limit)
    if let fault = context.lifetimeFault(lifetimes, interactionMilliseconds: talk.milliseconds) { throw fault }
    return .pass("from \(half / 1_000) s: \(context.lifetimeText)")
  }
}
