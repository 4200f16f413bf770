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
    Cohort.allCases.flatMap { cohort in probe.roles.flatMap { checks(cohort, $0) } } + [end]
  }

  /// What the first check of a cohort and role leaves for those that follow.
  private struct Chat {
    var owner: ContextOwner
    var sent: [String]
    var milliseconds: Int
    var conversation: ConversationID?
  }

  private typealias Finished = Shared<Chat?>

  private func checks(_ cohort: Cohort, _ role: ContextRole) -> [DiagnosticCheck] {
    let finished = Finished(nil)
    let name = "\(cohort) \(role.rawValue)"
    let timeout = requests.timeout * Self.messages + .seconds(10)
    return [
      DiagnosticCheck(name, section: "2.3", timeout: timeout) { deadline throws(CheckError) in
        guard users.cover(role) else {
          return .notAsked("no test user of role \(role.rawValue)", advice: "Give --admin-user, or one in chat.users.")
        }
        return try chat(cohort, role, finished, deadline)
      },
      DiagnosticCheck("\(name) keys", section: "2.3") { deadline throws(CheckError) in
        guard let chat = finished.get() else { return Self.nothingSent }
        return try keys(cohort, chat, deadline)
      },
      DiagnosticCheck("\(name) TTL", section: "1.2") { deadline throws(CheckError) in
        guard let chat = finished.get() else { return Self.nothingSent }
        guard let context = try probe.read(cohort, of: chat.owner, id: chat.conversation, deadline) else {
          return Self.absent
        }
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
    let user = try users.find(cohort, role) { user throws(CheckError) in
      if testUsers.contains(user) { return true }
      return try probe.isUnknown(user, deadline)
    }[0]
    let owner = ContextOwner(role, user)
    let session = ChatSession(owner, expecting: cohort, requests, noting: testUsers)
    try session.verifyUser(deadline)
    testUsers.add(owner)
    let tag = TestMessages.tag()
    for number in 1...Self.messages {
      try session.send(TestMessages.text("smoke", number, of: Self.messages, tag), deadline)
    }
    try session.verifyUser(deadline)
    let chat = Chat(
      owner: owner, sent: session.sent, milliseconds: session.milliseconds, conversation: session.conversation)
    finished.change { $0 = chat }
    let note = session.namesCohort ? "" : "; responses do not name their cohort"
    return .pass("\(Self.messages) responses for \(user), slowest \(session.slowest) ms\(note)")
  }

  private func keys(_ cohort: Cohort, _ chat: Chat, _ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let contexts = try probe.contexts(cohort, of: chat.owner, id: chat.conversation, deadline)
    guard let context = contexts.first else { throw try probe.absence(of: chat.owner, from: cohort, deadline) }
    guard context.messages != nil else {
      return .pass("\(context.historyKey), JSON; it keeps no messages in Redis")
    }
    if contexts.count > 1, chat.sent.allSatisfy({ text in contexts.contains { $0.missing([text]).isEmpty } }) {
      return .warn(
        "history, state, meta: JSON, with all \(chat.sent.count) messages, but in \(contexts.count) conversations",
        advice: ProbedContext.notFoundAgain(chat.conversation))
    }
    let missing = context.missing(chat.sent)
    guard missing.isEmpty else {
      throw CheckError(
        "\(context.historyKey) lacks \(missing.count) of \(chat.sent.count) messages: it has "
          + "\(context.userTexts.count) of the user",
        advice: "The application does not remember earlier messages. Make it append to the history and save it.")
    }
    let keys = cohort == .legacy ? context.id : "history, state, meta" + (context.keys.count > 3 ? ", current" : "")
    return .pass("\(keys): JSON, with all \(chat.sent.count) messages")
  }

  static func removed(keys: Int, users: Int) -> String {
    "\(keys) \(keys == 1 ? "key" : "keys") of \(users) \(users == 1 ? "user" : "users") removed"
  }

  private var end: DiagnosticCheck {
    DiagnosticCheck("no trace left", section: "2.3", timeout: .seconds(60)) { deadline throws(CheckError) in
      guard !keepsKeys else {
        return .notAsked("the keys stay because of --keep", advice: "They expire by themselves.")
      }
      return try testUsers.remove(from: probe, deadline)
    }
  }
}
