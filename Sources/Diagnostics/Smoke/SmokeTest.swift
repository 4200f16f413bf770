package import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// The first look at a new path (sections 1.3 and 2.3 of the migration guide): three messages of a client and of an
/// admin on each path, through the proxy, and what Redis holds after.
package struct SmokeTest: Sendable {
  package static let messages = 3

  package let requests: ChatRequests
  package let users: SmokeUsers
  package let probe: ContextProbe
  package let lifetimes: ContextLifetimes
  /// Whether the keys stay, to be looked at.
  package var keeps = false
  private let traces = Traces()

  package init(_ requests: ChatRequests, users: SmokeUsers, probe: ContextProbe, lifetimes: ContextLifetimes) {
    self.requests = requests
    self.users = users
    self.probe = probe
    self.lifetimes = lifetimes
  }

  package var checks: [Check] {
    Cohort.allCases.flatMap { cohort in ContextRole.allCases.flatMap { checks(cohort, $0) } } + [end]
  }

  /// What the first check of a path found, for those after it.
  private final class Finished: Sendable {
    let talk = Mutex<(owner: ContextOwner, said: [String], milliseconds: Int)?>(nil)
  }

  private func checks(_ cohort: Cohort, _ role: ContextRole) -> [Check] {
    let finished = Finished()
    let name = "\(cohort) \(role.rawValue)"
    let patience = UInt64(Self.messages) * requests.timeout.nanoseconds + 10_000_000_000
    return [
      Check(name, section: "2.3", limitNanoseconds: patience) { limit throws(CheckFault) in
        try talk(cohort, role, finished, limit)
      },
      Check("\(name) keys", section: "2.3") { limit throws(CheckFault) in
        guard let talk = finished.talk.withLock({ $0 }) else { return Self.unsaid }
        return try keys(cohort, talk.owner, talk.said, limit)
      },
      Check("\(name) TTL", section: "1.2") { limit throws(CheckFault) in
        guard let talk = finished.talk.withLock({ $0 }) else { return Self.unsaid }
        guard let context = try probe.read(cohort, of: talk.owner, limit) else { return Self.absent }
        if let fault = context.lifetimeFault(lifetimes, interactionMilliseconds: talk.milliseconds) { throw fault }
        return .pass(context.lifetimeText)
      },
    ]
  }

  private static let unsaid = CheckOutcome.notAsked("nothing was said", advice: "See the line above.")

  private static let absent = CheckOutcome.notAsked("there are no keys", advice: "See the line above.")

  private func talk(
    _ cohort: Cohort, _ role: ContextRole, _ finished: Finished, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    let user = try users.find(cohort) { user throws(CheckFault) in
      if traces.knows(user) { return true }
      return try probe.isUnknown(user, limit)
    }[0]
    let owner = ContextOwner(role, user)
    traces.add(owner)
    let talk = ChatTalk(owner, expecting: cohort, requests)
    let tag = ChatTexts.tag()
    for number in 1...Self.messages {
      try talk.say(ChatTexts.text("smoke", number, of: Self.messages, tag), limit)
    }
    finished.talk.withLock { $0 = (owner, talk.said, talk.milliseconds) }
    let stamp = talk.isStamped ? "" : "; answers do not say by which path"
    return .pass("\(Self.messages) answers for \(user), at most \(talk.slowest) ms\(stamp)")
  }

  private func stored(_ cohort: Cohort, _ owner: ContextOwner, _ limit: TimeLimit) throws(CheckFault) -> StoredContext {
    if let context = try probe.read(cohort, of: owner, limit) { return context }
    throw try probe.absence(of: owner, from: cohort, limit)
  }

  private func keys(
    _ cohort: Cohort, _ owner: ContextOwner, _ said: [String], _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    let context = try stored(cohort, owner, limit)
    guard context.messages != nil else {
      return .pass("\(owner.legacyKey), JSON; it keeps no messages in Redis")
    }
    let missing = context.missing(said)
    guard missing.isEmpty else {
      throw CheckFault(
        "\(context.historyKey) lacks \(missing.count) of \(said.count) messages: it has "
          + "\(context.userTexts.count) of the user",
        advice: "The application answers without what was said before. See that it appends to the history and saves it."
      )
    }
    let keys = cohort == .unified ? "history, state, meta, current" : owner.legacyKey
    return .pass("\(keys): JSON, with all \(said.count) messages")
  }

  static func removed(keys: Int, users: Int) -> String {
    "\(keys) \(keys == 1 ? "key" : "keys") of \(users) \(users == 1 ? "user" : "users") removed"
  }

  private var end: Check {
    Check("no trace left", section: "2.3", limitNanoseconds: 60_000_000_000) { limit throws(CheckFault) in
      guard !keeps else {
        return .notAsked("the keys stay, because of --keep", advice: "They expire by themselves.")
      }
      let count = try traces.remove(from: probe, limit)
      return .pass(Self.removed(keys: count, users: traces.users))
    }
  }
}
