package import Conversations
package import Flags
package import Reactor
package import Redis

/// Reads the contexts of a user from Redis, by the layout of the application. Each call opens a connection of its own, so a
/// server that was unreachable is found again.
package struct ContextProbe: Sendable {
  package let location: ContextLocation
  package let layout: Layout

  package init(_ location: ContextLocation, _ layout: Layout) {
    self.location = location
    self.layout = layout
  }

  /// The roles that the layout has.
  package var roles: [ContextRole] { ContextRole.allCases.filter { layout.roles[$0] != nil } }

  package func layout(of role: ContextRole) throws(CheckError) -> RoleLayout {
    guard let found = layout.roles[role] else {
      throw CheckError(
        "the layout \(layout.name) has no role \(role.rawValue)", advice: "Describe it in the file of contexts.layout.")
    }
    return found
  }

  /// The current context of this user, nil where there is none. Where no key says which conversation is current, it is the
  /// one under `id`, else the one with the latest activity.
  package func read(
    _ cohort: Cohort, of owner: ContextOwner, id: ConversationID? = nil, _ deadline: Deadline
  ) throws(CheckError) -> ProbedContext? {
    try contexts(cohort, of: owner, id: id, deadline).first
  }

  /// All contexts of this user, the current one first.
  ///
  /// - Parameter id: the conversation that is current if it exists; the others are then not looked for.
  package func contexts(
    _ cohort: Cohort, of owner: ContextOwner, id: ConversationID? = nil, _ deadline: Deadline
  ) throws(CheckError) -> [ProbedContext] {
    var connection = try connect(deadline)
    let layout = try layout(of: owner.role)
    switch cohort {
    case .legacy: return try LayoutReading(owner, layout).legacy(&connection, deadline)
    case .unified: return try LayoutReading(owner, layout).unified(id, &connection, deadline)
    }
  }

  /// Whether this user has no context in either cohort and any role.
  package func isUnknown(_ user: String, _ deadline: Deadline) throws(CheckError) -> Bool {
    var connection = try connect(deadline)
    for layout in layout.roles.values {
      let names = layout.legacy.keys.map { $0.name(user) } + [layout.unified.pointer?.name(user)].compactMap(\.self)
      let known = try Self.ask([["EXISTS"] + names.map { RedisWord($0) }], &connection, deadline)[0].integer
      guard known == 0 else { return false }
      guard layout.unified.pointer == nil else { continue }
      let found = try Self.scan(
        layout.unified.key.glob(user: KeyPattern.escaped(user), part: .meta), &connection, deadline)
      guard !found.contains(where: { layout.unified.key.match($0)?.user == Array(user.utf8) }) else { return false }
    }
    return true
  }

  /// Why an expected context is missing.
  package func absence(
    of owner: ContextOwner, from cohort: Cohort, _ deadline: Deadline
  ) throws(CheckError) -> CheckError {
    let layout = try layout(of: owner.role)
    let names =
      cohort == .legacy
      ? layout.legacy.keys.map { $0.name(owner.user) }
      : [layout.unified.pointer?.name(owner.user) ?? layout.unified.key.glob(user: owner.user, part: .meta)]
    let key = names.joined(separator: " or ")
    let other: Cohort = cohort == .legacy ? .unified : .legacy
    if let found = try? read(other, of: owner, deadline) {
      return CheckError(
        "\(key) is not in Redis, but \(found.historyKey) is: \(other) has responded",
        advice: "Do the \(cohort) servers run the \(cohort) code? See cohorts in turnout.yaml.")
    }
    return CheckError(
      "\(key) is not in Redis",
      advice:
        "Does the application keep its contexts in \(location), in the layout \(self.layout.name)? For another Redis "
        + "give --redis ADDRESS, for another layout set contexts.layout.")
  }

  /// Sets the TTL of its keys, as if the user had been silent.
  package func expire(
    _ context: ProbedContext, inMilliseconds milliseconds: Int, _ deadline: Deadline
  ) throws(CheckError) {
    var connection = try connect(deadline)
    _ = try Self.ask(
      context.keys.map { ["PEXPIRE", RedisWord($0.name), RedisWord(milliseconds)] }, &connection, deadline)
  }

  /// Gives a conversation of a test user another id, as if the migration had written it there.
  func move(_ context: ProbedContext, to id: ConversationID, _ deadline: Deadline) throws(CheckError) {
    var connection = try connect(deadline)
    let pattern = try layout(of: context.owner.role).unified.key
    let commands: [[RedisWord]] = context.keys.compactMap { key in
      guard let part = pattern.match(Array(key.name.utf8))?.part else { return nil }
      return ["RENAME", RedisWord(key.name), RedisWord(pattern.name(context.owner.user, id: id, part: part))]
    }
    _ = try Self.ask(commands, &connection, deadline)
  }

  package func connect(_ deadline: Deadline) throws(CheckError) -> RedisConnection {
    do throws(RedisError) {
      return try location.connect(
        as: "turnout-check", timeoutNanoseconds: deadline.atMost(.seconds(2)).remaining.nanoseconds)
    } catch { throw Self.checkError(error) }
  }

  // MARK: Redis

  /// All keys that match a pattern of Redis.
  static func scan(
    _ pattern: String, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [[UInt8]] {
    var (keys, cursor): ([[UInt8]], RedisWord) = ([], "0")
    repeat {
      let reply = try ask([["SCAN", cursor, "MATCH", RedisWord(pattern), "COUNT", 1_000]], &connection, deadline)[0]
      guard let elements = reply.elements, elements.count == 2, let next = elements[0].value else { break }
      cursor = RedisWord(next)
      keys += elements[1].elements?.compactMap(\.value) ?? []
      guard !deadline.hasPassed else {
        throw CheckError(
          "the scan for \(pattern) did not finish in time", advice: "Keys of test users expire after their TTL.")
      }
    } while cursor.text != "0"
    return keys
  }

  static func ask(
    _ commands: [[RedisWord]], _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [RedisReply] {
    let replies: [RedisReply]
    do throws(RedisError) {
      replies = try connection.pipeline(
        commands, timeoutNanoseconds: deadline.atMost(.seconds(5)).remaining.nanoseconds)
    } catch { throw checkError(error) }
    for (command, reply) in zip(commands, replies) {
      guard let text = reply.failure else { continue }
      throw CheckError(
        "\(command.prefix(2).map(\.text).joined(separator: " ")): \(RedisError.refused(text))",
        advice: "See what it holds: redis-cli TYPE, redis-cli INFO.")
    }
    return replies
  }

  static func checkError(_ error: RedisError) -> CheckError {
    CheckError(error.description, advice: "Is this the Redis of the contexts? For another give --redis ADDRESS.")
  }
}
