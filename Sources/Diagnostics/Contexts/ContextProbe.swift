package import Conversations
package import Flags
package import Reactor
package import Redis

/// Reads the contexts of a user from Redis. Each call opens a connection of its own, so a server that was unreachable
/// is found again.
package struct ContextProbe: Sendable {
  package let location: ContextLocation

  package init(_ location: ContextLocation) { self.location = location }

  /// Nil where this user has no context in this layout.
  package func read(
    _ cohort: Cohort, of owner: ContextOwner, _ deadline: Deadline
  ) throws(CheckError) -> ProbedContext? {
    var connection = try connect(deadline)
    switch cohort {
    case .legacy: return try Self.readLegacy(owner, &connection, deadline)
    case .unified: return try Self.readUnified(owner, &connection, deadline)
    }
  }

  /// Whether this user has no context in either layout and role.
  package func isUnknown(_ user: String, _ deadline: Deadline) throws(CheckError) -> Bool {
    var connection = try connect(deadline)
    let owners = ContextRole.allCases.map { ContextOwner($0, user) }
    let keys = owners.flatMap { [RedisWord($0.legacyKey), RedisWord($0.currentKey)] }
    return try Self.ask([["EXISTS"] + keys], &connection, deadline)[0].integer == 0
  }

  /// Why an expected context is missing.
  package func absence(
    of owner: ContextOwner, from cohort: Cohort, _ deadline: Deadline
  ) throws(CheckError) -> CheckError {
    let key = cohort == .legacy ? owner.legacyKey : owner.currentKey
    let other: Cohort = cohort == .legacy ? .unified : .legacy
    if let found = try? read(other, of: owner, deadline) {
      return CheckError(
        "\(key) is not in Redis, but \(found.historyKey) is: \(other) has responded",
        advice: "Do the \(cohort) servers run the \(cohort) code? See cohorts in turnout.yaml.")
    }
    return CheckError(
      "\(key) is not in Redis",
      advice: "Does the application keep its contexts in \(location)? For another Redis give --redis ADDRESS.")
  }

  /// Sets the TTL of its keys, as if the user had been silent.
  package func expire(
    _ context: ProbedContext, inMilliseconds milliseconds: Int, _ deadline: Deadline
  ) throws(CheckError) {
    var connection = try connect(deadline)
    _ = try Self.ask(
      context.keys.map { ["PEXPIRE", RedisWord($0.name), RedisWord(milliseconds)] }, &connection, deadline)
  }

  package func connect(_ deadline: Deadline) throws(CheckError) -> RedisConnection {
    do throws(RedisError) {
      return try location.connect(
        as: "turnout-check", timeoutNanoseconds: deadline.atMost(.seconds(2)).remaining.nanoseconds)
    } catch { throw Self.checkError(error) }
  }

  // MARK: The layouts

  private static func readLegacy(
    _ owner: ContextOwner, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> ProbedContext? {
    guard let (key, value) = try value(of: [owner.legacyKey], &connection, deadline)[0] else { return nil }
    let context: LegacyContext
    do throws(LegacyContext.ParseError) { context = try LegacyContext(value) } catch {
      throw unreadable(owner.legacyKey, "\(error)")
    }
    let object = try? JSONObject(value)
    let keepsMessages = object?["messages"] != nil || object?["history"] != nil
    return ProbedContext(
      cohort: .legacy, owner: owner, id: owner.legacyKey, keys: [key],
      messages: keepsMessages ? context.messages : nil, state: context.state)
  }

  private static func readUnified(
    _ owner: ContextOwner, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> ProbedContext? {
    guard let (current, text) = try value(of: [owner.currentKey], &connection, deadline)[0] else { return nil }
    guard let id = ConversationID(String(decoding: text, as: UTF8.self)) else {
      throw unreadable(owner.currentKey, "not a UUID in lower case")
    }
    let parts = ConversationPart.allCases
    let found = try value(of: parts.map { owner.key(of: $0, id) }, &connection, deadline)
    var (keys, values) = ([ProbedContext.Key](), [[UInt8]]())
    for (part, entry) in zip(parts, found) {
      guard let (key, value) = entry else {
        throw CheckError(
          "\(owner.key(of: part, id)) is missing, though \(owner.currentKey) names it",
          advice: "Make the application write history, state, meta and current in one step, with one TTL.")
      }
      keys.append(key)
      values.append(value)
    }
    return try unified(owner, id, keys + [current], values)
  }

  private static func unified(
    _ owner: ContextOwner, _ id: ConversationID, _ keys: [ProbedContext.Key], _ values: [[UInt8]]
  ) throws(CheckError) -> ProbedContext {
    var context = ProbedContext(
      cohort: .unified, owner: owner, id: id.text, keys: keys, messages: nil, state: values[1])
    do throws(JSONSyntaxError) { context.messages = try Message.list(in: values[0]) } catch {
      throw unreadable(keys[0].name, "not a JSON list: at byte \(error.offset), expected \(error.expected)")
    }
    for index in 1...2 {
      do throws(JSONSyntaxError) { _ = try JSONObject(values[index]) } catch {
        throw unreadable(keys[index].name, "not a JSON object: at byte \(error.offset), expected \(error.expected)")
      }
    }
    context.messageCount = (try? ConversationMeta(values[2]))?.messages
    return context
  }

  private static func unreadable(_ key: String, _ reason: String) -> CheckError {
    CheckError("\(key) cannot be read: \(reason)", advice: "See what the application writes there: redis-cli GET.")
  }

  // MARK: Redis

  /// The values and TTLs of these keys; nil for missing ones.
  private static func value(
    of names: [String], _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [(ProbedContext.Key, [UInt8])?] {
    let replies = try ask(
      names.flatMap { [["GET", RedisWord($0)], ["PTTL", RedisWord($0)]] }, &connection, deadline)
    return names.enumerated().map { index, name in
      guard let value = replies[2 * index].value, let time = replies[2 * index + 1].integer, time != -2 else {
        return nil
      }
      return (ProbedContext.Key(name: name, milliseconds: time == -1 ? nil : time), value)
    }
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
