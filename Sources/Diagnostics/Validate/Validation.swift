package import Conversations
package import Flags
package import MySQL
internal import Reactor
internal import Synchronization

/// Whether the migrated system does what it should (section 5 of the migration guide), tried on the running system with
/// users of our own, whose keys are removed after.
package struct Validation: Sendable {
  /// How much is asked for the times, and what is good enough.
  package struct Load: Sendable, Equatable {
    package var requests = 500
    package var concurrency = 8
    package var p95Nanoseconds: UInt64 = 200_000_000

    package init() {}
  }

  package var requests: ChatRequests
  package var users: SmokeUsers
  package var probe: ContextProbe
  package var lifetimes: ContextLifetimes
  /// The path whose behaviour is tried.
  package var cohort = Cohort.unified
  package var steps = ChatStep.standard
  package var load = Load()
  package var mysql: MySQLAddress?
  package var degraded: DegradedUpstream?
  let traces = Traces()
  let figures = Mutexed(LoadFigures())

  package init(_ requests: ChatRequests, users: SmokeUsers, probe: ContextProbe, lifetimes: ContextLifetimes) {
    self.requests = requests
    self.users = users
    self.probe = probe
    self.lifetimes = lifetimes
  }

  package var checks: [Check] { functional + performance + edges + [end] }

  private var end: Check {
    Check("no trace left", section: "5", limitNanoseconds: 60_000_000_000) { limit throws(CheckFault) in
      let count = try traces.remove(from: probe, limit)
      return .pass("\(count) keys of \(traces.users) users removed")
    }
  }

  // MARK: What the checks have in common

  /// As long as so many answers may take, and a bit.
  func patience(_ answers: Int) -> UInt64 { UInt64(answers) * requests.timeout.nanoseconds + 10_000_000_000 }

  /// A user of that path who has nothing in Redis.
  func visitor(_ role: ContextRole, _ limit: TimeLimit) throws(CheckFault) -> ContextOwner {
    let owner = ContextOwner(role, try find(cohort, 1, limit)[0])
    traces.add(owner)
    try Traces.forget(owner, probe, limit)
    return owner
  }

  func find(_ cohort: Cohort, _ count: Int, _ limit: TimeLimit) throws(CheckFault) -> [String] {
    try users.find(cohort, count: count) { user throws(CheckFault) in
      if traces.knows(user) { return true }
      return try probe.isUnknown(user, limit)
    }
  }

  func talk(_ owner: ContextOwner) -> ChatTalk { ChatTalk(owner, expecting: cohort, requests) }

  /// What Redis holds now.
  func stored(_ owner: ContextOwner, _ limit: TimeLimit) throws(CheckFault) -> StoredContext {
    if let context = try probe.read(cohort, of: owner, limit) { return context }
    throw try probe.absence(of: owner, from: cohort, limit)
  }

  /// The same, where all of `said` must be in the history.
  func remembered(_ said: [String], _ owner: ContextOwner, _ limit: TimeLimit) throws(CheckFault) -> StoredContext {
    let context = try stored(owner, limit)
    let missing = context.messages == nil ? [] : context.missing(said)
    guard missing.isEmpty else {
      throw CheckFault(
        "\(context.historyKey) lacks \(missing.count) of \(said.count) messages",
        advice: "See that the \(cohort) application appends every message to the history and saves it.")
    }
    return context
  }
}

/// A value that checks hand on to those after them.
final class Mutexed<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func get() -> Value { value.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) { value.withLock { body(&$0) } }
}
