package import Conversations
package import Flags
internal import Reactor

/// The context of one user in one layout, as `ContextProbe` found it.
package struct ProbedContext: Sendable, Equatable {
  package struct Key: Sendable, Equatable {
    package var name: String
    /// The remaining TTL; nil: it never expires.
    package var milliseconds: Int?
  }

  package var cohort: Cohort
  package var owner: ContextOwner
  /// The UUID of the conversation, or the key in the legacy layout, which has one context for a user.
  package var id: String
  package var keys: [Key]
  /// Oldest first; nil: this application keeps no messages in Redis.
  package var messages: [Message]?
  /// A JSON value.
  package var state: [UInt8]
  /// When it began and when it was last used, as stored; nil: the layout or the value does not say.
  package var createdAt: [UInt8]?
  package var lastActivity: [UInt8]?
  /// How many messages the conversation ever had; nil where the application does not count them.
  package var messageCount: Int?

  /// The texts of the user's messages, oldest first.
  package var userTexts: [String] {
    (messages ?? []).map(\.content).filter { $0.role != Message.Speaker.assistant.rawValue }.compactMap(\.text)
  }

  /// Those of `texts` that the messages do not contain in this order.
  package func missing(_ texts: [String]) -> [String] {
    var rest = userTexts[...]
    return texts.filter { text in
      guard let index = rest.firstIndex(where: { $0.contains(text) }) else { return true }
      rest = rest[(index + 1)...]
      return false
    }
  }

  /// What to know where each message begins another conversation.
  static func notFoundAgain(_ answered: ConversationID?) -> String {
    "The application does not find the conversation that it began: each message begins another one. "
      + (answered.map { "A migrated conversation lies under the id that its responses name (\($0.text)); " } ?? "")
      + "turnout validate checks whether one continues."
  }

  /// The key that holds the messages.
  package var historyKey: String { keys.first?.name ?? id }

  /// `expires in 1800 s`, `all 4 keys expire in 1800 s`
  package var lifetimeText: String {
    let seconds = ((keys.first?.milliseconds ?? 0) + 500) / 1_000
    return keys.count == 1 ? "expires in \(seconds) s" : "all \(keys.count) keys expire in \(seconds) s"
  }

  /// What is wrong with the TTLs right after an interaction that took `interactionMilliseconds`.
  package func lifetimeError(_ lifetimes: ContextLifetimes, interactionMilliseconds: Int) -> CheckError? {
    let expected =
      lifetimes.adaptive ? [ContextLifetimes.active, ContextLifetimes.inactive] : [lifetimes.seconds(owner.role)]
    if let endless = keys.first(where: { $0.milliseconds == nil }) {
      return CheckError(
        "\(endless.name) never expires", advice: "Make the application set the TTL with the value: SET with EX.")
    }
    let times = keys.compactMap(\.milliseconds)
    if let least = times.min(), let most = times.max(), most - least > 1_000 {
      let names = keys.map { "\($0.name.suffix(while: { $0 != ":" })) \((($0.milliseconds ?? 0) + 500) / 1_000) s" }
      return CheckError(
        "the parts expire at different times: \(names.joined(separator: ", "))",
        advice: "Refresh the TTL of all parts in one step, or a conversation loses a part before the others.")
    }
    let slack = 5_000 + interactionMilliseconds
    guard let time = times.first, !expected.contains(where: { abs($0 * 1_000 - time) <= slack }) else { return nil }
    let wanted = expected.map { "\($0)" }.joined(separator: " or ")
    return CheckError(
      "\(keys[0].name) expires in \((time + 500) / 1_000) s, not in \(wanted) s",
      advice: Self.lifetimeAdvice(owner.role))
  }

  private static func lifetimeAdvice(_ role: ContextRole) -> String {
    let variable = role == .client ? "CUSTOMER_CONTEXT_TTL" : "ADMIN_CONTEXT_TTL"
    return "Give the application and this command the same \(variable) or CONTEXT_TTL, and refresh it on every message."
  }
}

extension String {
  /// The longest suffix whose characters all belong.
  fileprivate func suffix(while belongs: (Character) -> Bool) -> Substring {
    guard let last = lastIndex(where: { !belongs($0) }) else { return self[...] }
    return self[index(after: last)...]
  }
}
