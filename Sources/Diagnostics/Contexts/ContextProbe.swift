package import Conversations
package import Flags
package import Redis

/// Reads what Redis holds of a user, as it is: each look is a connection of its own, so that a server that was away is
/// seen again.
package struct ContextProbe: Sendable {
  package let place: ContextLocation

  package init(_ place: ContextLocation) { self.place = place }

  /// Nil where there is nothing of this user in this layout.
  package func read(
    _ cohort: Cohort, of owner: ContextOwner, _ limit: TimeLimit
  ) throws(CheckFault) -> StoredContext? {
    var connection = try connect(limit)
    switch cohort {
    case .legacy: return try Self.readLegacy(owner, &connection, limit)
    case .unified: return try Self.readUnified(owner, &connection, limit)
    }
  }

  /// Whether neither layout knows this user in any role.
  package func isUnknown(_ user: String, _ limit: TimeLimit) throws(CheckFault) -> Bool {
    var connection = try connect(limit)
    let owners = ContextRole.allCases.map { ContextOwner($0, user) }
    let keys = owners.flatMap { [RedisWord($0.legacyKey), RedisWord($0.currentKey)] }
    return try Self.ask([["EXISTS"] + keys], &connection, limit)[0].integer == 0
  }

  /// Why a context that should be there is not.
  package func absence(
    of owner: ContextOwner, from cohort: Cohort, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckFault {
    let key = cohort == .legacy ? owner.legacyKey : owner.currentKey
    let other: Cohort = cohort == .legacy ? .unified : .legacy
    if let found = try? read(other, of: owner, limit) {
      return CheckFault(
        "\(key) is not in Redis, but \(found.historyKey) is: \(other) has answered",
        advice: "Do the \(cohort) servers run the \(cohort) path? See cohorts in turnout.yaml.")
    }
    return CheckFault(
      "\(key) is not in Redis",
      advice: "Does the application keep its contexts in \(place)? For another Redis give --redis ADDRESS.")
  }

  /// Sets how long the keys are kept, as if the user had been silent.
  package func expire(
    _ context: StoredContext, inMilliseconds milliseconds: Int, _ limit: TimeLimit
  ) throws(CheckFault) {
    var connection = try connect(limit)
    _ = try Self.ask(
      context.keys.map { ["PEXPIRE", RedisWord($0.name), RedisWord(milliseconds)] }, &connection, limit)
  }

  package func connect(_ limit: TimeLimit) throws(CheckFault) -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-check", timeoutNanoseconds: limit.atMost(2_000_000_000))
    } catch { throw Self.fault(error) }
  }

  // MARK: The layouts

  private static func readLegacy(
    _ owner: ContextOwner, _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> StoredContext? {
    guard let (key, value) = try value(of: [owner.legacyKey], &connection, limit)[0] else { return nil }
    let context: LegacyContext
    do throws(LegacyContext.Fault) { context = try LegacyContext(value) } catch {
      throw unreadable(owner.legacyKey, "\(error)")
    }
    let object = try? JSONObject(value)
    let keepsMessages = object?["messages"] != nil || object?["history"] != nil
    return StoredContext(
      cohort: .legacy, owner: owner, id: owner.legacyKey, keys: [key],
      messages: keepsMessages ? context.messages : nil, state: context.state)
  }

  private static func readUnified(
    _ owner: ContextOwner, _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> StoredContext? {
    guard let (current, text) = try value(of: [owner.currentKey], &connection, limit)[0] else { return nil }
    guard let id = ConversationID(String(decoding: text, as: UTF8.self)) else {
      throw unreadable(owner.currentKey, "no UUID in small letters")
    }
    let parts = ConversationPart.allCases
    let found = try value(of: parts.map { owner.key(of: $0, id) }, &connection, limit)
    var (keys, values) = ([StoredContext.Key](), [[UInt8]]())
    for (part, entry) in zip(parts, found) {
      guard let (key, value) = entry else {
        throw CheckFault(
          "\(owner.key(of: part, id)) is not there, though \(owner.currentKey) names it",
          advice: "Have the application write history, state, meta and current in one step, with one TTL.")
      }
      keys.append(key)
      values.append(value)
    }
    return try unified(owner, id, keys + [current], values)
  }

  private static func unified(
    _ owner: ContextOwner, _ id: ConversationID, _ keys: [StoredContext.Key], _ values: [[UInt8]]
  ) throws(CheckFault) -> StoredContext {
    var context = StoredContext(
      cohort: .unified, owner: owner, id: id.text, keys: keys, messages: nil, state: values[1])
    do throws(JSONSlices.Fault) { context.messages = try Message.list(in: values[0]) } catch {
      throw unreadable(keys[0].name, "no JSON list: at byte \(error.offset), expected \(error.expected)")
    }
    for index in 1...2 {
      do throws(JSONSlices.Fault) { _ = try JSONObject(values[index]) } catch {
        throw unreadable(keys[index].name, "no JSON object: at byte \(error.offset), expected \(error.expected)")
      }
    }
    context.said = (try? ConversationMeta(values[2]))?.messages
    return context
  }

  private static func unreadable(_ key: String, _ reason: String) -> CheckFault {
    CheckFault("\(key) cannot be read: \(reason)", advice: "See what the application writes there: redis-cli GET.")
  }

  // MARK: Redis

  /// The values and times of these keys; nil for those that are not there.
  private static func value(
    of names: [String], _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> [(StoredContext.Key, [UInt8])?] {
    let replies = try ask(
      names.flatMap { [["GET", RedisWord($0)], ["PTTL", RedisWord($0)]] }, &connection, limit)
    return names.enumerated().map { place, name in
      guard let value = replies[2 * place].value, let time = replies[2 * place + 1].integer, time != -2 else {
        return nil
      }
      return (StoredContext.Key(name: name, milliseconds: time == -1 ? nil : time), value)
    }
  }

  static func ask(
    _ commands: [[RedisWord]], _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> [RedisReply] {
    let replies: [RedisReply]
    do throws(RedisError) {
      replies = try connection.pipeline(commands, timeoutNanoseconds: limit.atMost(5_000_000_000))
    } catch { throw fault(error) }
    for (command, reply) in zip(commands, replies) {
      guard let text = reply.failure else { continue }
      throw CheckFault(
        "\(command.prefix(2).map(\.text).joined(separator: " ")): \(RedisError.refused(text))",
        advice: "See what is there: redis-cli TYPE, redis-cli INFO.")
    }
    return replies
  }

  static func fault(_ error: RedisError) -> CheckFault {
    CheckFault(error.description, advice: "Is this the Redis with the contexts? For another give --redis ADDRESS.")
  }
}
