package import Conversations
package import Flags
package import MySQL
internal import Reactor
internal import Synchronization

/// Tests whether the migrated system behaves as it should (section 5 of the migration guide), on the running system with
/// test users whose keys are removed at the end.
package struct Validation: Sendable {
  /// The load for the latency checks, and their bound.
  package struct Load: Sendable, Equatable {
    package var requests = 500
    package var concurrency = 8
    package var p95 = Duration.milliseconds(200)

    package init() {}
  }

  package var requests: ChatRequests
  package var users: SmokeUsers
  package var probe: ContextProbe
  package var lifetimes: ContextLifetimes
  /// The cohort under test.
  package var cohort = Cohort.unified
  package var steps = ChatStep.standard
  package var load = Load()
  package var mysql: MySQLAddress?
  package var degraded: DegradedUpstream?
  let testUsers = TestUsers()
  let figures = Shared(LoadFigures())

  package init(_ requests: ChatRequests, users: SmokeUsers, probe: ContextProbe, lifetimes: ContextLifetimes) {
    self.requests = requests
    self.users = users
    self.probe = probe
    self.lifetimes = lifetimes
  }

  package var checks: [DiagnosticCheck] { functional + performance + edges + [end] }

  private var end: DiagnosticCheck {
    DiagnosticCheck("no trace left", section: "5", timeout: .seconds(60)) { deadline throws(CheckError) in
      try testUsers.remove(from: probe, deadline)
    }
  }

  // MARK: Shared by the checks

  /// The time for `responses` responses, plus a margin.
  func timeout(_ responses: Int) -> Duration { requests.timeout * responses + .seconds(10) }

  /// A user of the cohort without a context.
  func visitor(_ role: ContextRole, _ deadline: Deadline) throws(CheckError) -> ContextOwner {
    let owner = ContextOwner(role, try find(cohort, role, 1, deadline)[0])
    testUsers.add(owner)
    try TestUsers.removeKeys(of: owner, from: probe, deadline)
    try ChatSession(owner, expecting: cohort, requests).verifyUser(deadline)
    return owner
  }

  func find(
    _ cohort: Cohort, _ role: ContextRole, _ count: Int, _ deadline: Deadline
  ) throws(CheckError) -> [String] {
    try users.find(cohort, role, count: count) { user throws(CheckError) in
      if testUsers.contains(user) { return true }
      return try probe.isUnknown(user, deadline)
    }
  }

  func session(_ owner: ContextOwner) -> ChatSession {
    ChatSession(owner, expecting: cohort, requests, noting: testUsers)
  }

  /// The context that Redis holds now.
  ///
  /// Where no key names the current conversation, the application looks for it under the id that its responses name. One
  /// that it began itself may lie elsewhere, and nobody would find it: it is put there, as the migration writes it.
  func stored(_ session: ChatSession, _ deadline: Deadline) throws(CheckError) -> ProbedContext {
    let owner = session.owner
    guard let context = try probe.read(cohort, of: owner, id: session.conversation, deadline) else {
      throw try probe.absence(of: owner, from: cohort, deadline)
    }
    guard cohort == .unified, try probe.layout(of: owner.role).unified.pointer == nil, let id = session.conversation,
      id.text != context.id
    else { return context }
    try probe.move(context, to: id, deadline)
    guard let moved = try probe.read(cohort, of: owner, id: id, deadline) else {
      throw try probe.absence(of: owner, from: cohort, deadline)
    }
    return moved
  }

  /// The same; its history must contain all of `sent`.
  func remembered(
    _ sent: [String], _ session: ChatSession, _ deadline: Deadline
  ) throws(CheckError) -> ProbedContext {
    let context = try stored(session, deadline)
    let missing = context.messages == nil ? [] : context.missing(sent)
    guard missing.isEmpty else {
      throw CheckError(
        "\(context.historyKey) lacks \(missing.count) of \(sent.count) messages",
        advice: "Make the \(cohort) application append every message to the history and save it.")
    }
    return context
  }
}

/// A value that checks pass on to later checks.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func get() -> Value { value.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) { value.withLock { body(&$0) } }
}
