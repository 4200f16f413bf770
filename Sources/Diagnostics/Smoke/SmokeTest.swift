package import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// The first test of a new cohort (sections 1.3 and 2.3 of the migration guide): three messages of a client and of an
/// admin to each cohort, through the proxy, and what Redis holds afterwards.
package struct SmokeTest: Sendable {
  package static let messages = 3

  package let requests: ChatRequests
  package let users: SmokeUsers
  package let probe: ContextProbe
  package let lifetimes: ContextLifetimes
  /// Whether the keys stay, for inspection.
  package var keepsKeys = false
  private let testUsers = TestUsers()

  package init(_ requests: ChatRequests, users: SmokeUsers, probe: ContextProbe, lifetimes: ContextLifetimes) {
    self.requests = requests
    self.users = users
    self.probe = probe
    self.lifetimes = lifetimes
  }

  package var checks: [DiagnosticCheck] {
    Cohort.allCases.flatMap { cohort in ContextRole.allCases.flatMap { checks(cohort, $0) } } + [end]
  }

  /// The result of the first check of a cohort and role, for the checks that follow.
  private final class Finished: Sendable {
    let chat = Mutex<(owner: ContextOwner, sent: [String], milliseconds: Int)?>(nil)
  }

  private func checks(_ cohort: Cohort, _ role: ContextRole) -> [DiagnosticCheck] {
    let finished = Finished()
    let name = "\(cohort) \(role.rawValue)"
    let timeout = requests.timeout * Self.messages + .seconds(10)
    return [
      DiagnosticCheck(name, section: "2.3", timeout: timeout) { deadline throws(CheckError) in
        try chat(cohort, role, finished, deadline)
      },
      DiagnosticCheck("\(name) keys", section: "2.3") { deadline throws(CheckError) in
        guard let chat = finished.chat.withLock({ $0 }) else { return Self.nothingSent }
        return try keys(cohort, chat.owner, chat.sent, deadline)
      },
      DiagnosticCheck("\(name) TTL", section: "1.2") { deadline throws(CheckError) in
        guard let chat = finished.chat.withLock({ $0 }) else { return Self.nothingSent }
        guard let context = try probe.read(cohort, of: chat.owner, deadline) else { return Self.absent }
        if let error = context.lifetimeError(lifetimes, interactionMilliseconds: chat.milliseconds) { throw error }
        return .pass(context.lifetimeText)
      },
    ]
  }

  private static let nothingSent = CheckOutcome.notAsked("no message was sent", advice: "See the line above.")

  private static let absent = CheckOutcome.notAsked("there are no keys", advice: "See the line above.")

  private func chat(
    _ cohort: Cohort, _ role: ContextRole, _ finished: Finished, _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    let user = try users.find(cohort) { user throws(CheckError) in
      if testUsers.contains(user) { return true }
      return try probe.isUnknown(user, deadline)
    }[0]
    let owner = ContextOwner(role, user)
    testUsers.add(owner)
    let session = ChatSession(owner, expecting: cohort, requests)
    let tag = TestMessages.tag()
    for number in 1...Self.messages {
      try session.send(TestMessages.text("smoke", number, of: Self.messages, tag), deadline)
    }
    finished.chat.withLock { $0 = (owner, session.sent, session.milliseconds) }
    let note = session.namesCohort ? "" : "; responses do not name their cohort"
    return .pass("\(Self.messages) responses for \(user), slowest \(session.slowest) ms\(note)")
  }

  private func stored(_ cohort: Cohort, _ owner: ContextOwner, _ deadline: Deadline) throws(CheckError) -> ProbedContext
  {
    if let context = try probe.read(cohort, of: owner, deadline) { return context }
    throw try probe.absence(of: owner, from: cohort, deadline)
  }

  private func keys(
    _ cohort: Cohort, _ owner: ContextOwner, _ sent: [String], _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    let context = try stored(cohort, owner, deadline)
    guard context.messages != nil else {
      return .pass("\(owner.legacyKey), JSON; it keeps no messages in Redis")
    }
    let missing = context.missing(sent)
    guard missing.isEmpty else {
      throw CheckError(
        "\(context.historyKey) lacks \(missing.count) of \(sent.count) messages: it has "
          + "\(context.userTexts.count) of the user",
        advice: "The application does not remember earlier messages. Make it append to the history and save it.")
    }
    let keys = cohort == .unified ? "history, state, meta, current" : owner.legacyKey
    return .pass("\(keys): JSON, with all \(sent.count) messages")
  }

  static func removed(keys: Int, users: Int) -> String {
    "\(keys) \(keys == 1 ? "key" : "keys") of \(users) \(users == 1 ? "user" : "users") removed"
  }

  private var end: DiagnosticCheck {
    DiagnosticCheck("no trace left", section: "2.3", timeout: .seconds(60)) { deadline throws(CheckError) in
      guard !keepsKeys else {
        return .notAsked("the keys stay because of --keep", advice: "They expire by themselves.")
      }
      let count = try testUsers.removeKeys(from: probe, deadline)
      return .pass(Self.removed(keys: count, users: testUsers.count))
    }
  }
}
