internal import Conversations
internal import Flags
internal import Reactor
internal import Redis

/// What the load has shown.
struct LoadFigures: Sendable {
  var outcomes: [Cohort: ChatLoad.Outcome] = [:]
  /// MySQL statements for each request.
  var statements: [Cohort: Double] = [:]
  /// `used_memory` before the load, in bytes.
  var memory: Int?
}

// Section 5.2: how fast, how reliable, how large.
extension Validation {
  /// Of a hundred requests; what the guide expects in section 3.1.
  private static let failureLimit = 0.1
  /// In percent since the baseline, from which on the guide alarms in section 3.1.
  private static let growthLimit = 50.0
  /// In percent, and in bytes for what buffers of connections take.
  private static let memoryLimit = (percent: 10, bytes: 8 << 20)

  var performance: [Check] {
    let patience = min(
      UInt64(load.requests / load.concurrency + 1) * requests.timeout.nanoseconds + 10_000_000_000, 600_000_000_000)
    let order = [cohort, cohort == .unified ? Cohort.legacy : .unified]
    return order.map { path in
      Check("p95 of \(path)", section: "5.2", limitNanoseconds: patience) { limit throws(CheckFault) in
        try times(path, limit)
      }
    } + [
      Check("error rate", section: "5.2") { _ throws(CheckFault) in try errors() },
      Check("Redis memory", section: "5.2") { limit throws(CheckFault) in try memory(limit) },
      Check("MySQL queries", section: "5.2") { _ in queries() },
    ]
  }

  private func times(_ path: Cohort, _ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let users: [String]
    do throws(CheckFault) { users = try find(path, load.concurrency, limit) } catch {
      // The other path is there to compare with; when nobody goes there any more, there is nothing to compare.
      guard path != cohort else { throw error }
      return .notAsked(error.found, advice: error.advice)
    }
    for user in users { traces.add(ContextOwner(.client, user)) }
    if figures.get().memory == nil {
      let memory = try usedMemory(limit)
      figures.change { $0.memory = memory }
    }
    let outcome = try measure(path, users, limit)
    guard let p50 = outcome.percentile(50), let p95 = outcome.percentile(95) else {
      throw outcome.fault ?? CheckFault("nothing was answered", advice: "Raise --timeout.")
    }
    let found =
      "\(Amount.time(nanoseconds: p95)) (p50 \(Amount.time(nanoseconds: p50))) of \(outcome.times.count) requests, "
      + "\(min(load.concurrency, load.requests)) at a time"
    let bound = Amount.time(nanoseconds: load.p95Nanoseconds)
    guard p95 < load.p95Nanoseconds else {
      throw CheckFault(
        "\(found): not below \(bound)",
        advice:
          "Issue 4 of the guide: one round trip to Redis for each message. Is the other path as slow? turnout compare.")
    }
    return .pass(found)
  }

  private func measure(_ path: Cohort, _ users: [String], _ limit: TimeLimit) throws(CheckFault) -> ChatLoad.Outcome {
    let tag = ChatTexts.tag()
    let texts = (1...load.requests).map { ChatTexts.text("load", $0, of: load.requests, tag) }
    let threads = (0..<load.concurrency).map { users[$0 % users.count] }
    let chats = ChatLoad(requests: requests, cohort: path, users: threads)
    let meter = mysql.map { StatementMeter($0) }
    let begin = try meter?.begin()
    let outcome = try chats.send(texts, limit)
    figures.change { $0.outcomes[path] = outcome }
    if let meter, let begin, outcome.requests > 0 {
      let share = Double(try meter.statements(since: begin)) / Double(outcome.requests)
      figures.change { $0.statements[path] = share }
    }
    return outcome
  }

  private func errors() throws(CheckFault) -> CheckOutcome {
    let outcomes = figures.get().outcomes
    guard let own = outcomes[cohort], own.requests > 0 else {
      return .notAsked("nothing was measured", advice: "See the line above.")
    }
    let other = outcomes.first { $0.key != cohort }
    let found = ([(cohort, own)] + (other.map { [($0.key, $0.value)] } ?? [])).map { path, outcome in
      "\(path) \(outcome.failures) of \(outcome.requests)"
    }.joined(separator: ", ")
    guard own.failureShare <= max(Self.failureLimit, 0) else {
      throw CheckFault(
        "\(found) failed: \(own.fault?.found ?? "")",
        advice: own.fault?.advice ?? "See the log of the \(cohort) servers.")
    }
    if let other, other.value.failureShare > Self.failureLimit {
      return .warn("\(found) failed", advice: other.value.fault?.found ?? "See the log of the \(other.key) servers.")
    }
    return .pass("\(found) failed")
  }

  // MARK: Redis

  private func usedMemory(_ limit: TimeLimit) throws(CheckFault) -> Int {
    var connection = try probe.connect(limit)
    guard let memory = try ServerFacts.read(&connection).number("used_memory") else {
      throw CheckFault("INFO has no used_memory", advice: "Is this a Redis server?")
    }
    return memory
  }

  /// Before the load, and after it when its keys are gone.
  private func memory(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    guard let before = figures.get().memory else {
      return .notAsked("nothing was measured", advice: "See the lines above.")
    }
    try traces.remove(from: probe, limit)
    let after = try usedMemory(limit)
    let found = "\(Amount.bytes(before)) before the load, \(Amount.bytes(after)) after"
    guard after - before <= max(before / 100 * Self.memoryLimit.percent, Self.memoryLimit.bytes) else {
      throw CheckFault(
        found,
        advice: "Issue 1 of the guide. Is other traffic that busy? Compare with the days before: turnout inspect.")
    }
    guard let first = try Baselines.read(probe.place, limit)?.compared?.memory.used, first > 0 else {
      return .pass(found)
    }
    let growth = Double(after - first) * 100 / Double(first)
    let compared = "\(found); \(Amount.bytes(first)) when preflight looked"
    guard growth <= Self.growthLimit || after - first <= Self.memoryLimit.bytes else {
      throw CheckFault(
        "\(compared): \(Amount.fixed(growth, 0)) % more",
        advice: "Issue 1 of the guide: a shorter TTL, more memory, or eviction. What grew: turnout inspect.")
    }
    return .pass(compared)
  }

  // MARK: MySQL

  private func queries() -> CheckOutcome {
    guard mysql != nil else {
      return .notAsked("not asked", advice: "Give --mysql mysql://user:password@host/database.")
    }
    let statements = figures.get().statements
    guard let legacy = statements[.legacy], let unified = statements[.unified] else {
      return .notAsked(
        "only one path was measured", advice: "Run it where users go both ways, or move one: turnout deny.")
    }
    return Self.judge(legacy: legacy, unified: unified)
  }

  /// - Parameters: statements for each request.
  static func judge(legacy: Double, unified: Double) -> CheckOutcome {
    let found = "for each request: legacy \(Amount.fixed(legacy, 2)), unified \(Amount.fixed(unified, 2))"
    // Other traffic counts as well: a fifth, and one statement in ten requests, may be that.
    guard unified <= legacy * 1.2 + 0.1 else {
      return .fail(
        found,
        advice: "What does unified ask MySQL that legacy does not? Counted are all statements of the server: other "
          + "traffic disturbs.")
    }
    return .pass(found)
  }
}
