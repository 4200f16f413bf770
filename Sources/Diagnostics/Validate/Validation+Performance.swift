internal import Bytes
internal import Conversations
internal import Flags
internal import MySQL
internal import Reactor
internal import Redis

/// The results of the load.
struct LoadFigures: Sendable {
  var outcomes: [Cohort: ChatLoad.Outcome] = [:]
  /// MySQL statements per request.
  var statements: [Cohort: Double] = [:]
  /// `used_memory` before the load, in bytes.
  var memory: Int?
}

// Section 5.2 of the guide: latency, errors, memory, queries.
extension Validation {
  /// Percent of requests; the guide's bound in section 3.1.
  private static let failureLimit = 0.1
  /// Percent since the baseline at which the guide alarms in section 3.1.
  private static let growthLimit = 50.0
  /// Growth during the load: percent, or bytes for the buffers of connections.
  private static let memoryLimit = (percent: 10, bytes: 8 << 20)

  var performance: [DiagnosticCheck] {
    let timeout = min(timeout(load.requests / load.concurrency + 1), .seconds(600))
    let order = [cohort, cohort == .unified ? Cohort.legacy : .unified]
    return order.map { cohort in
      DiagnosticCheck("p95 of \(cohort)", section: "5.2", timeout: timeout) { deadline throws(CheckError) in
        try times(cohort, deadline)
      }
    } + [
      DiagnosticCheck("error rate", section: "5.2") { _ throws(CheckError) in try errors() },
      DiagnosticCheck("Redis memory", section: "5.2") { deadline throws(CheckError) in try memory(deadline) },
      DiagnosticCheck("MySQL queries", section: "5.2") { _ in queries() },
    ]
  }

  private func times(_ measured: Cohort, _ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let users: [String]
    do throws(CheckError) { users = try find(measured, .client, load.concurrency, deadline) } catch {
      // The other cohort is for comparison only; without users there is nothing to compare.
      guard measured != cohort else { throw error }
      return .notAsked(error.found, advice: error.advice)
    }
    for user in users { testUsers.add(ContextOwner(.client, user)) }
    if figures.get().memory == nil {
      let memory = try usedMemory(deadline)
      figures.change { $0.memory = memory }
    }
    let outcome = try measure(measured, users, deadline)
    guard let p50 = outcome.percentile(50), let p95 = outcome.percentile(95) else {
      throw outcome.firstError ?? CheckError("no message got a response", advice: "Raise --timeout.")
    }
    let found =
      "\(NumberText.elapsed(nanoseconds: p95)) (p50 \(NumberText.elapsed(nanoseconds: p50))) of \(outcome.times.count) requests, "
      + "\(min(load.concurrency, load.requests)) at a time"
    let bound = NumberText.elapsed(nanoseconds: load.p95.nanoseconds)
    guard p95 < load.p95.nanoseconds else {
      throw CheckError(
        "\(found): not below \(bound)",
        advice:
          "Issue 4 of the guide: one round trip to Redis per message. Is the other cohort as slow? turnout compare.")
    }
    return .pass(found)
  }

  private func measure(_ measured: Cohort, _ users: [String], _ deadline: Deadline) throws(CheckError)
    -> ChatLoad.Outcome
  {
    let tag = TestMessages.tag()
    let texts = (1...load.requests).map { TestMessages.text("load", $0, of: load.requests, tag) }
    let threads = (0..<load.concurrency).map { users[$0 % users.count] }
    let chats = ChatLoad(requests: requests, cohort: measured, users: threads, noting: testUsers)
    let counter = mysql.map { StatementCounter($0) }
    let start = try counter?.start()
    let outcome = try chats.send(texts, deadline)
    figures.change { $0.outcomes[measured] = outcome }
    if let counter, let start, outcome.requests > 0 {
      let share = Double(try counter.statements(since: start)) / Double(outcome.requests)
      figures.change { $0.statements[measured] = share }
    }
    return outcome
  }

  private func errors() throws(CheckError) -> CheckOutcome {
    let outcomes = figures.get().outcomes
    guard let own = outcomes[cohort], own.requests > 0 else {
      return .notAsked("nothing was measured", advice: "See the line above.")
    }
    let other = outcomes.first { $0.key != cohort }
    let found = ([(cohort, own)] + (other.map { [($0.key, $0.value)] } ?? [])).map { cohort, outcome in
      "\(cohort) \(outcome.failures) of \(outcome.requests)"
    }.joined(separator: ", ")
    guard own.failureShare <= Self.failureLimit else {
      throw CheckError(
        "\(found) failed: \(own.firstError?.found ?? "")",
        advice: own.firstError?.advice ?? "See the log of the \(cohort) servers.")
    }
    if let other, other.value.failureShare > Self.failureLimit {
      return .warn(
        "\(found) failed", advice: other.value.firstError?.found ?? "See the log of the \(other.key) servers.")
    }
    return .pass("\(found) failed")
  }

  // MARK: Redis

  private func usedMemory(_ deadline: Deadline) throws(CheckError) -> Int {
    var connection = try probe.connect(deadline)
    guard let memory = try ServerChecks.info(&connection).number("used_memory") else {
      throw CheckError("INFO has no used_memory", advice: "Is this a Redis server?")
    }
    return memory
  }

  /// Compares the memory before the load with that after its keys are removed.
  private func memory(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    guard let before = figures.get().memory else {
      return .notAsked("nothing was measured", advice: "See the lines above.")
    }
    try testUsers.removeKeys(from: probe, deadline)
    let after = try usedMemory(deadline)
    let found = "\(NumberText.bytes(before)) before the load, \(NumberText.bytes(after)) after"
    guard after - before <= max(before / 100 * Self.memoryLimit.percent, Self.memoryLimit.bytes) else {
      throw CheckError(
        found,
        advice: "Issue 1 of the guide. Is there that much other traffic? Compare with earlier days: turnout inspect.")
    }
    guard let first = try Baselines.read(probe.location, deadline)?.compared?.memory.used, first > 0 else {
      return .pass(found)
    }
    let growth = Double(after - first) * 100 / Double(first)
    let compared = "\(found); \(NumberText.bytes(first)) at the preflight baseline"
    guard growth <= Self.growthLimit || after - first <= Self.memoryLimit.bytes else {
      throw CheckError(
        "\(compared): \(NumberText.fixed(growth, 0)) % more",
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
        "only one cohort was measured", advice: "Run it while both cohorts have users, or move one: turnout deny.")
    }
    return Self.judge(legacy: legacy, unified: unified)
  }

  /// - Parameters: statements per request.
  static func judge(legacy: Double, unified: Double) -> CheckOutcome {
    let found = "per request: legacy \(NumberText.fixed(legacy, 2)), unified \(NumberText.fixed(unified, 2))"
    // The server counts other traffic too: a fifth more, plus one statement in ten requests, is tolerated.
    guard unified <= legacy * 1.2 + 0.1 else {
      return .fail(
        found,
        advice:
          "What does unified query that legacy does not? The count includes all statements of the server, so other "
          + "traffic distorts it.")
    }
    return .pass(found)
  }
}

/// Counts the statements of a MySQL server, for all its clients.
struct StatementCounter: Sendable {
  let address: MySQLAddress

  init(_ address: MySQLAddress) { self.address = address }

  struct Start: Sendable {
    var count: Int
    /// The statements of one reading itself; servers differ in what they count for its session and query.
    var own: Int
  }

  func start() throws(CheckError) -> Start {
    let first = try read()
    let second = try read()
    return Start(count: second, own: second - first)
  }

  /// The statements since then, without those of the readings.
  func statements(since start: Start) throws(CheckError) -> Int { max(0, try read() - start.count - start.own) }

  private func read() throws(CheckError) -> Int {
    do throws(MySQLError) {
      var connection = try MySQLConnection.open(address, seconds: 5)
      let rows = try connection.rows("SHOW GLOBAL STATUS LIKE 'Questions'")
      guard let value = rows.first?.last ?? nil, let number = Int(String(decoding: value, as: UTF8.self)) else {
        throw .refused(code: 0, text: "the server does not report Questions")
      }
      return number
    } catch { throw CheckError(sentence: error.description, or: "See --mysql.") }
  }
}
