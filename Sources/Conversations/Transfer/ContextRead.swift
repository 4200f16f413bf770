internal import Reactor
internal import Redis

/// Reads users in one round trip, optionally so that a later EXEC writes nothing if one of them was written meanwhile.
struct ContextRead {
  let keys: ContextKeys
  /// Bytes of one value; larger ones come as `.large`.
  let limit: Int

  /// Of a value in a batch, and of one by itself.
  static let batchLimit = 16 << 10
  static let singleLimit = MigrationLimits.value

  /// A user and the conversations to look at.
  struct Question: Sendable {
    var user: [UInt8]
    var ids: [ConversationID]
  }

  private enum Want {
    case legacy(Int, [UInt8])
    case record([UInt8])
    case pointer([UInt8])
    case part(Int, ConversationPart, [UInt8])

    var key: [UInt8] {
      switch self {
      case .legacy(_, let key), .record(let key), .pointer(let key), .part(_, _, let key): key
      }
    }

    /// The application writes `meta` whenever it writes a conversation.
    var isWatched: Bool {
      switch self {
      case .legacy, .record, .pointer, .part(_, .meta, _): true
      case .part: false
      }
    }
  }

  /// - Parameter watching: whether a later EXEC is to fail if something of it is written.
  func read(
    _ questions: [Question], watching: Bool, _ connection: inout RedisConnection
  ) throws(RedisError) -> [StoredContext] {
    if questions.isEmpty { return [] }
    var commands: [[RedisWord]] = []
    let wants = questions.map(wants)
    if watching {
      var watched: [RedisWord] = ["WATCH"]
      for wants in wants { for want in wants where want.isWatched { watched.append(RedisWord(want.key)) } }
      commands.append(watched)
    }
    commands.append(["TIME"])
    for wants in wants {
      for want in wants { commands += self.commands(want) }
    }
    var replies = try connection.pipeline(commands, timeoutNanoseconds: MigrationLimits.timeout)[...]
    if watching, let text = replies.removeFirst().failure { throw .refused(text) }
    let now = replies.removeFirst().serverMilliseconds
    var contexts: [StoredContext] = []
    for (question, wants) in zip(questions, wants) {
      contexts.append(try context(question, wants, &replies, now))
    }
    return contexts
  }

  private func wants(_ question: Question) -> [Want] {
    let user = question.user
    var wants = keys.legacy(user).enumerated().map { Want.legacy($0, $1) }
    wants.append(.record(keys.record(user)))
    if let pointer = keys.pointer(user) { wants.append(.pointer(pointer)) }
    for (index, id) in question.ids.enumerated() {
      for part in ConversationPart.allCases { wants.append(.part(index, part, keys.part(part, user, id))) }
    }
    return wants
  }

  private func form(_ want: Want) -> ValueForm {
    switch want {
    case .legacy: keys.layout.legacy.form
    case .record, .pointer: .json
    case .part(_, let part, _): keys.form(part)
    }
  }

  /// Two commands for each: the value, and its time to live.
  private func commands(_ want: Want) -> [[RedisWord]] {
    let key = RedisWord(want.key)
    let value: [RedisWord] =
      switch form(want) {
      case .json: ["GETRANGE", key, "0", RedisWord(limit)]
      case .hash: ["HGETALL", key]
      // As many as a conversation keeps.
      case .list: ["LRANGE", key, RedisWord("-\(keys.layout.unified.historyLimit)"), "-1"]
      }
    return [value, ["PTTL", key]]
  }

  private func context(
    _ question: Question, _ wants: [Want], _ replies: inout ArraySlice<RedisReply>, _ now: Int
  ) throws(RedisError) -> StoredContext {
    var context = StoredContext(
      role: keys.layout.role, user: question.user, legacy: [],
      conversations: question.ids.map {
        StoredContext.ConversationParts(id: $0, history: .missing, state: .missing, meta: .missing)
      }, now: now)
    for want in wants {
      guard let value = replies.popFirst(), let ttl = replies.popFirst() else { break }
      let part = try self.part(value, ttl, form(want))
      if case .large = part { context.isLarge = true }
      switch want {
      case .legacy(_, let key): context.legacy.append(StoredContext.LegacyValue(key: key, value: part))
      case .record:
        if case .json(let bytes)? = part.document { context.record = SyncRecord(bytes) }
        context.hasUnreadableRecord = !part.isMissing && context.record == nil
      case .pointer: context.pointer = part
      case .part(let index, .history, _): context.conversations[index].history = part
      case .part(let index, .state, _): context.conversations[index].state = part
      case .part(let index, .meta, _): context.conversations[index].meta = part
      }
    }
    return context
  }

  private func part(_ value: RedisReply, _ ttl: RedisReply, _ form: ValueForm) throws(RedisError) -> StoredPart {
    let left = ttl.integer ?? -2
    if left == -2 { return .missing }
    let time = left < 0 ? nil : left
    if let text = value.failure {
      guard text.hasPrefix("WRONGTYPE") else { throw .refused(text) }
      return .unreadable(
        "the layout says \(form == .json ? "a string" : "a \(form.rawValue)"), and it is of another type")
    }
    let values = form == .json ? [value.value ?? []] : (value.elements ?? []).map { $0.value ?? [] }
    let size = values.reduce(0) { $0 + $1.count }
    if size > limit {
      return limit < Self.singleLimit ? .large : .unreadable("it has more than \(Self.singleLimit) bytes")
    }
    switch form {
    case .json: return .value(.json(values[0]), left: time)
    case .list: return .list(values, left: time)
    case .hash:
      let fields = stride(from: 0, to: values.count - 1, by: 2).map {
        StoredDocument.Field(name: values[$0], value: values[$0 + 1])
      }
      return .value(.hash(fields), left: time)
    }
  }
}

extension RedisReply {
  /// Since 1970, of the reply to TIME: seconds and microseconds; 0 for any other reply.
  var serverMilliseconds: Int {
    let parts = (elements ?? []).compactMap(\.integer)
    return parts.count == 2 ? parts[0] * 1_000 + parts[1] / 1_000 : 0
  }
}
