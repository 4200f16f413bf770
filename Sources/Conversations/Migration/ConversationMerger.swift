internal import Redis

/// The slow way: contexts whose user has a conversation already.
enum ConversationMerger {
  /// Writes only while legacy value, current conversation and meta are those that were read. What expires first takes the
  /// time of what expires last. ARGV: the times, the three compared values, the three new ones.
  private static let script = RedisScript(
    KeptExpiry.lua + """
      local standard, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
      for i = 1, 3 do
        if redis.pcall('GET', KEYS[i]) ~= ARGV[2 + i] then return 1 end
      end
      local left = redis.call('PTTL', KEYS[1])
      keepLegacy(KEYS[1], left, keep)
      if left == -1 then left = standard end
      left = math.max(left, redis.call('PTTL', KEYS[2]), 1)
      if #ARGV > 5 then
        redis.call('SET', KEYS[3], ARGV[8], 'PX', left)
        redis.call('SET', KEYS[4], ARGV[6], 'PX', left)
        redis.call('SET', KEYS[5], ARGV[7], 'PX', left)
        redis.call('PEXPIRE', KEYS[2], left)
      end
      return 0
      """)

  /// What there is of each, in two round trips; nil: no current conversation any more.
  static func look(
    at items: [MigrationItem], _ connection: inout RedisConnection
  ) throws(RedisError) -> [(StoredConversation?, CatchUp)?] {
    let ids = try connection.pipeline(
      items.map { ["GET", RedisWord($0.owner.currentKey)] }, timeoutNanoseconds: MigrationLimits.timeout)
    let named = ids.map { $0.value.flatMap { ConversationID(String(decoding: $0, as: UTF8.self)) } }
    var questions: [[RedisWord]] = []
    for (item, id) in zip(items, named) {
      guard let id else { continue }
      for part in parts { questions.append(["GET", RedisWord(item.owner.key(of: part, id))]) }
    }
    var values = try connection.pipeline(questions, timeoutNanoseconds: MigrationLimits.timeout).map(\.value)[...]
    var found: [(StoredConversation?, CatchUp)?] = []
    for (place, item) in items.enumerated() {
      if let id = named[place] {
        found.append(judged(item, id, Array(values.prefix(parts.count))))
        values = values.dropFirst(parts.count)
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
    guard let history = values[0], let state = values[1], let meta = values[2] else {
      return (nil, .unreadable("its conversation \(id.text) is not whole"))
    }
    let stored = StoredConversation(id: id, history: history, state: state, meta: meta)
    return (stored, CatchUp(stored, with: item))
  }

  /// False when something has changed meanwhile, and nothing was written.
  static func write(
    _ item: MigrationItem, over stored: StoredConversation, _ result: CatchUp, _ times: KeptTimes,
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
    } else if times.legacy == 0 {
      return true
    }
    return try connection.script(
      script, keys: (keys + [owner.key(of: .state, stored.id)]).map { RedisWord($0) }, arguments: arguments,
      timeoutNanoseconds: MigrationLimits.timeout) == .integer(0)
  }
}
