internal import Conversations
internal import Flags
internal import Reactor
internal import Redis

/// Reads the contexts of one user by the layout of one role.
struct LayoutReading {
  private let owner: ContextOwner
  private let layout: RoleLayout

  init(_ owner: ContextOwner, _ layout: RoleLayout) {
    self.owner = owner
    self.layout = layout
  }

  private typealias Value = (key: ProbedContext.Key, json: [UInt8])

  // MARK: Legacy

  /// One for each key there is, in the order of the patterns.
  func legacy(_ connection: inout RedisConnection, _ deadline: Deadline) throws(CheckError) -> [ProbedContext] {
    let names = layout.legacy.keys.map { ($0.name(owner.user), layout.legacy.form) }
    let found = try values(names, layout.legacy.jsonFields, &connection, deadline)
    var contexts: [ProbedContext] = []
    for case let (key, json)? in found { contexts.append(try legacy(key, json)) }
    return contexts
  }

  private func legacy(_ key: ProbedContext.Key, _ json: [UInt8]) throws(CheckError) -> ProbedContext {
    try expectObject(json, key)
    var context = ProbedContext(cohort: .legacy, owner: owner, id: key.name, keys: [key], messages: nil, state: json)
    if let list = layout.legacy.messages?.found(in: json) { context.messages = try messages(in: list, key) }
    if let state = legacyState(json) { context.state = state }
    context.createdAt = layout.legacy.createdAt?.found(in: json)
    return context
  }

  /// The mapped members of the state: times would differ after every message.
  private func legacyState(_ json: [UInt8]) -> [UInt8]? {
    let paths = layout.members.filter { $0.unified?.part == .state }.compactMap(\.legacy)
    let values = paths.compactMap { $0.found(in: json) }
    return values.isEmpty ? nil : Array(values.joined(separator: [UInt8(ascii: "\n")]))
  }

  // MARK: Unified

  func unified(
    _ id: ConversationID?, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [ProbedContext] {
    if let pointer = layout.unified.pointer {
      let name = pointer.name(owner.user)
      guard let (key, text) = try values([(name, .json)], [], &connection, deadline)[0] else { return [] }
      guard let id = ConversationID(String(decoding: text, as: UTF8.self)) else {
        throw Self.unreadable(name, "not a UUID in lower case")
      }
      let values = try parts(of: id, namedBy: name, &connection, deadline)
      return [try conversation(id, values, pointer: key)]
    }
    if let id, case let values = try found(id, &connection, deadline), values[2] != nil {
      return [try conversation(id, try complete(values, of: id, namedBy: name(of: .meta, id)), pointer: nil)]
    }
    let pattern = layout.unified.key.glob(user: KeyPattern.escaped(owner.user), part: .meta)
    var contexts: [ProbedContext] = []
    for key in try ContextProbe.scan(pattern, &connection, deadline) {
      guard let match = layout.unified.key.match(key), match.user == Array(owner.user.utf8), let id = match.id,
        !contexts.contains(where: { $0.id == id.text })
      else { continue }
      let values = try parts(of: id, namedBy: name(of: .meta, id), &connection, deadline)
      contexts.append(try conversation(id, values, pointer: nil))
    }
    // Times of one format: a longer number is a later one, and text of RFC 3339 in UTC sorts as its time.
    return contexts.sorted { one, other in
      let (left, right) = (one.lastActivity ?? [], other.lastActivity ?? [])
      return left.count == right.count ? right.lexicographicallyPrecedes(left) : left.count > right.count
    }
  }

  private func name(of part: ConversationPart, _ id: ConversationID) -> String {
    layout.unified.key.name(owner.user, id: id, part: part)
  }

  private func found(
    _ id: ConversationID, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [Value?] {
    let forms = [layout.unified.history, layout.unified.state, layout.unified.meta]
    let names = zip(ConversationPart.allCases, forms).map { (name(of: $0, id), $1) }
    return try values(names, layout.unified.jsonFields, &connection, deadline)
  }

  private func parts(
    of id: ConversationID, namedBy key: String, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [Value] {
    try complete(try found(id, &connection, deadline), of: id, namedBy: key)
  }

  private func complete(_ found: [Value?], of id: ConversationID, namedBy key: String) throws(CheckError) -> [Value] {
    var values: [Value] = []
    for (part, value) in zip(ConversationPart.allCases, found) {
      guard let value else {
        throw CheckError(
          "\(name(of: part, id)) is missing, though \(key) names it",
          advice: "Make the application write all keys of a conversation in one step, with one TTL.")
      }
      values.append(value)
    }
    return values
  }

  private func conversation(
    _ id: ConversationID, _ values: [Value], pointer: ProbedContext.Key?
  ) throws(CheckError) -> ProbedContext {
    let (history, state, meta) = (values[0], values[1], values[2])
    var context = ProbedContext(
      cohort: .unified, owner: owner, id: id.text, keys: values.map(\.key) + [pointer].compactMap(\.self),
      messages: nil,
      state: state.json)
    context.messages = try messages(in: history.json, history.key)
    // PHP writes an empty map as a list, and an application may write null for an empty state.
    if !["[]", "null"].contains(String(decoding: state.json, as: UTF8.self)) {
      try expectObject(state.json, state.key)
    }
    try expectObject(meta.json, meta.key)
    context.createdAt = layout.unified.createdAt?.found(in: meta.json)
    context.lastActivity = layout.unified.lastActivity?.found(in: meta.json)
    context.messageCount = (try? JSONObject(meta.json))?.number("messages")
    return context
  }

  // MARK: Values

  private func messages(in list: [UInt8], _ key: ProbedContext.Key) throws(CheckError) -> [Message] {
    do throws(JSONSyntaxError) { return try Message.list(in: list).map(standard) } catch {
      throw Self.unreadable(key.name, "not a JSON list: at byte \(error.offset), expected \(error.expected)")
    }
  }

  /// The message with Turnout's names of its members.
  private func standard(_ message: Message) -> Message {
    let names = layout.unified.message
    guard names.role != "role" || names.text != "content", let object = try? JSONObject(message.json) else {
      return message
    }
    let speaker = object.text(names.role).flatMap { Message.Speaker(rawValue: $0) }
    return Message(speaker ?? .user, object.text(names.text) ?? "", at: 0)
  }

  private func expectObject(_ json: [UInt8], _ key: ProbedContext.Key) throws(CheckError) {
    do throws(JSONSyntaxError) { _ = try JSONObject(json) } catch {
      throw Self.unreadable(key.name, "not a JSON object: at byte \(error.offset), expected \(error.expected)")
    }
  }

  private static func unreadable(_ key: String, _ reason: String) -> CheckError {
    CheckError("\(key) cannot be read: \(reason)", advice: "See what the application writes there: redis-cli GET.")
  }

  /// The values and TTLs of these keys; nil for missing ones.
  private func values(
    _ keys: [(name: String, form: ValueForm)], _ jsonFields: Set<String>, _ connection: inout RedisConnection,
    _ deadline: Deadline
  ) throws(CheckError) -> [Value?] {
    let replies = try ContextProbe.ask(
      keys.flatMap { [$0.form.command($0.name), ["PTTL", RedisWord($0.name)]] }, &connection, deadline)
    return keys.enumerated().map { index, key in
      guard let time = replies[2 * index + 1].integer, time != -2,
        let json = key.form.json(replies[2 * index], jsonFields: jsonFields)
      else { return nil }
      return (ProbedContext.Key(name: key.name, milliseconds: time == -1 ? nil : time), json)
    }
  }
}
