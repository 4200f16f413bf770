package import Conversations
package import Flags

/// What Redis holds of one user in one layout.
package struct StoredContext: Sendable, Equatable {
  package struct Key: Sendable, Equatable {
    package var name: String
    /// Until it expires; nil: never.
    package var milliseconds: Int?
  }

  package var cohort: Cohort
  package var owner: ContextOwner
  /// Of unified: the UUID of the conversation; of legacy, which has one context for a user: its key.
  package var id: String
  package var keys: [Key]
  /// The oldest first; nil: this application keeps none in Redis.
  package var messages: [Message]?
  /// A JSON value.
  package var state: [UInt8]
  /// How many were ever said in it; nil where nobody counts.
  package var said: Int?

  /// The texts of the user's messages, the oldest first.
  package var userTexts: [String] {
    (messages ?? []).map(\.content).filter { $0.role != Message.Speaker.assistant.rawValue }.compactMap(\.text)
  }

  /// Which of `texts` are not in it in this order.
  package func missing(_ texts: [String]) -> [String] {
    var rest = userTexts[...]
    return texts.filter { text in
      guard let place = rest.firstIndex(where: { $0.contains(text) }) else { return true }
      rest = rest[(place + 1)...]
      return false
    }
  }

  /// Where the messages are.
  package var historyKey: String { keys.first?.name ?? id }

  /// `expires in 1800 s`, `all 4 keys expire in 1800 s`
  package var lifetimeText: String {
    let seconds = ((keys.first?.milliseconds ?? 0) + 500) / 1_000
    return keys.count == 1 ? "expires in \(seconds) s" : "all \(keys.count) keys expire in \(seconds) s"
  }

  /// What is wrong with how long its keys are kept, right after an interaction that took so many milliseconds.
  package func lifetimeFault(_ lifetimes: ContextLifetimes, interactionMilliseconds: Int) -> CheckFault? {
    let expected =
      lifetimes.adaptive ? [ContextLifetimes.active, ContextLifetimes.inactive] : [lifetimes.seconds(owner.role)]
    if let endless = keys.first(where: { $0.milliseconds == nil }) {
      return CheckFault(
        "\(endless.name) never expires", advice: "Have the application set the TTL with the value: SET with EX.")
    }
    let times = keys.compactMap(\.milliseconds)
    if let least = times.min(), let most = times.max(), most - least > 1_000 {
      let names = keys.map { "\($0.name.suffix(while: { $0 != ":" })) \((($0.milliseconds ?? 0) + 500) / 1_000) s" }
      return CheckFault(
        "the parts expire at different times: \(names.joined(separator: ", "))",
        advice: "Refresh the TTL of all parts in one step, or a conversation loses a part before the others.")
    }
    let slack = 5_000 + interactionMilliseconds
    guard let time = times.first, !expected.contains(where: { abs($0 * 1_000 - time) <= slack }) else { return nil }
    let wanted = expected.map { "\($0)" }.joined(separator: " or ")
    return CheckFault(
      "\(keys[0].name) expires in \((time + 500) / 1_000) s, not in \(wanted) s",
      advice: Self.lifetimeAdvice(owner.role))
  }

  private static func lifetimeAdvice(_ role: ContextRole) -> String {
    let variable = role == .client ? "CUSTOMER_CONTEXT_TTL" : "ADMIN_CONTEXT_TTL"
    return "Give the application and this command the same \(variable) or CONTEXT_TTL, and refresh it on every message."
  }
}

extension String {
  /// The end of it in which every character is one of those.
  fileprivate func suffix(while belongs: (Character) -> Bool) -> Substring {
    guard let last = lastIndex(where: { !belongs($0) }) else { return self[...] }
    return self[index(after: last)...]
  }
}
