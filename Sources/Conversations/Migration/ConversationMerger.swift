internal import Redis

/// The slow way: contexts whose user has a conversation already.
enum ConversationMerger {
  /// Writes only while legacy value, current conversation and meta are those that were read. What expires first takes the
  /// time of what expires last. ARGV: the times, the three compared values, the three new ones.
  private static let script = RedisScript(
    MigratedTTL.lua + """
      local standard, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
      local current = redis.pcall('GET', KEYS[2])
      if redis.pcall('GET', KEYS[1]) ~= ARGV[3] or redis.pcall('GET', KEYS[3]) ~= ARGV[5] then return 1 end
      -- The server may have had to evict the pointer alone.
      if current and current ~= ARGV[4] then return 1 end
      local before = redis.call('PTTL', KEYS[1])
      local left = math.max(conversationTTL(before, standard), redis.call('PTTL', KEYS[2]))
      if #ARGV > 5 then
        redis.call('SET', KEYS[3], ARGV[8], 'PX', left)
        redis.call('SET', KEYS[4], ARGV[6], 'PX', left)
        redis.call('SET', KEYS[5], ARGV[7], 'PX', left)
      end
      if #ARGV > 5 or not current then redis.call('SET', KEYS[2], ARGV[4], 'PX', left) end
      keepLegacy(KEYS[1], before, keep)
      return 0
      """)

  /// What there is of each, in two round trips; nil: no current conversation any more.
  static func look(
    at items: [MigrationItem], _ connection: inout RedisConnection
  ) throws(RedisError) -> [(StoredConversation?, CatchUp)?] {
    let ids = try connection.pipeline(
      items.map { ["GET", RedisWord($0.owner.currentKey)] }, timeoutNanoseconds: MigrationLimits.timeout)
    let named = zip(items, ids).map { item, id in
      id.isNull ? item.conversation.id : id.value.flatMap { ConversationID(String(decoding: $0, as: UTF8.self)) }
    }
    var questions: [[RedisWord]] = []
    for (item, id) in zip(items, named) {
      guard let id else { continue }
      for part in parts {
        questions.append([
          "GETRANGE", RedisWord(item.owner.key(of: part, id)), "0", RedisWord(MigrationLimits.value),
        ])
      }
    }
    var values = try connection.pipeline(questions, timeoutNanoseconds: MigrationLimits.timeout).map(\.value)[...]
    var found: [(StoredConversation?, CatchUp)?] = []
    for (place, item) in items.enumerated() {
      if let id = named[place] {
        let stored = Array(values.prefix(parts.count))
        values = values.dropFirst(parts.count)
        // Neither a pointer nor anything that it could point to: it has expired meanwhile.
        let isGone = ids[place].isNull && stored.allSatisfy { $0?.isEmpty != false }
        found.append(isGone ? nil : judged(item, id, stored))
      } else if ids[place].isNull {
        found.append(nil)
      } else {
        found.append((nil, .unreadable("\(item.owner.currentKey) names no conversation")))
      }
    }
    return found
  }

  private static let parts = [ConversationPart.history, .state, .meta]

  private static func judged(
    _ item: MigrationItem, _ id: ConversationID, _ values: [[UInt8]?]
  ) -> (StoredConversation?, CatchUp) {
    guard values.allSatisfy({ ($0?.count ?? 0) <= MigrationLimits.value }) else {
      return (nil, .unreadable("a part of its conversation \(id.text) has more than \(MigrationLimits.value) bytes"))
    }
    // GETRANGE gives nothing for what is not there, which is no JSON either.
    let found = values.map { $0.flatMap { $0.isEmpty ? nil : $0 } }
    guard let history = found[0], let state = found[1], let meta = found[2] else {
      return (nil, .unreadable("its conversation \(id.text) is not whole"))
    }
    let stored = StoredConversation(id: id, history: history, state: state, meta: meta)
    return (stored, CatchUp(stored, with: item))
  }

  /// False when something has changed meanwhile, and nothing was written.
  static func write(
    _ item: MigrationItem, over stored: StoredConversation, _ result: CatchUp, _ times: MigratedTTL,
    _ connection: inout RedisConnection
  ) throws(RedisError) -> Bool {
    let owner = item.owner
    let keys = [owner.legacyKey, owner.currentKey, owner.key(of: .meta, stored.id), owner.key(of: .history, stored.id)]
    var arguments = [
      RedisWord(times.standard), RedisWord(times.legacy), RedisWord(item.value), RedisWord(stored.id.text),
    ]
    arguments.append(RedisWord(stored.meta))
    if case .behind(let history, let state, let meta) = result {
      arguments += [RedisWord(history), RedisWord(state), RedisWord(meta)]
    }
    return try connection.script(
      script, keys: (keys + [owner.key(of: .state, stored.id)]).map { RedisWord($0) }, arguments: arguments,
      timeoutNanoseconds: MigrationLimits.timeout) == .integer(0)
  }
}
