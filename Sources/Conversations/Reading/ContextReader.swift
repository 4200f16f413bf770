package import Redis

/// Reads many contexts in one round trip, each as it is at one moment, and never more than a bounded number of bytes.
package enum ContextReader {
  /// How many owners are asked for at once.
  package static let batch = 100
  /// A reply goes on until it has so many bytes: 4 MiB.
  private static let replyBytes = 4 << 20
  /// A connection for reading takes replies of up to this: the bytes above, and one context of eight values at their limit.
  package static let replyLimit = replyBytes + 8 * StoredValue.limit + (1 << 20)
  package static let timeoutNanoseconds: UInt64 = 30_000_000_000

  /// KEYS: the legacy key and the key of the current conversation of each owner. ARGV: the limit of a value, the bytes
  /// of the reply, the longest that a context in use has left in ms, then for each owner the id of a further conversation, or nothing.
  private static let script = RedisScript(
    MigratedMarker.lua + """
      local size = 0
      local function read(key)
        local kind = redis.call('TYPE', key).ok
        if kind == 'none' then return false end
        if kind ~= 'string' then return {ok = kind} end
        local length = redis.call('STRLEN', key)
        if length > tonumber(ARGV[1]) then return length end
        size = size + length
        return {redis.call('GET', key), redis.call('PTTL', key)}
      end
      local function parts(prefix, id)
        prefix = prefix .. id .. ':'
        return {read(prefix .. 'history'), read(prefix .. 'state'), read(prefix .. 'meta')}
      end
      local contexts = {}
      for i = 1, #KEYS, 2 do
        if size > tonumber(ARGV[2]) then break end
        local prefix = string.sub(KEYS[i + 1], 1, -8)
        local current, named, further = read(KEYS[i + 1]), false, false
        if type(current) == 'table' and current[1] and #current[1] == 36 then named = parts(prefix, current[1]) end
        local id = ARGV[(i + 1) / 2 + 3]
        if id ~= '' then further = parts(prefix, id) end
        local legacy = read(KEYS[i])
        local kept = type(legacy) == 'table' and legacy[2] and isKept(legacy[2], tonumber(ARGV[3])) and 1 or 0
        contexts[#contexts + 1] = {legacy, current, named, further, kept}
      end
      return contexts
      """)

  /// The contexts of the first of `owners`: of at least one, and of as many as fit into a reply.
  ///
  /// - Parameter derived: also the conversation that the migration makes of the legacy key.
  package static func read(
    firstOf owners: ArraySlice<ContextOwner>, derived: Bool = false, longestMilliseconds: Int = .max / 4,
    on connection: inout RedisConnection
  ) throws(RedisError) -> [StoredContext] {
    let asked = owners.prefix(batch)
    var keys: [RedisWord] = []
    var arguments: [RedisWord] = [RedisWord(StoredValue.limit), RedisWord(replyBytes), RedisWord(longestMilliseconds)]
    for owner in asked {
      keys += [RedisWord(owner.legacyKey), RedisWord(owner.currentKey)]
      arguments.append(derived ? RedisWord(owner.derivedID.text) : "")
    }
    let reply = try connection.script(
      script, keys: keys, arguments: arguments, timeoutNanoseconds: timeoutNanoseconds)
    let contexts = (reply.elements ?? []).indices.compactMap { place -> StoredContext? in
      let owner = asked[asked.startIndex + place]
      return StoredContext(owner, reply.elements?[place].elements ?? [], derived: derived)
    }
    guard !contexts.isEmpty || asked.isEmpty, contexts.count == reply.elements?.count else {
      throw .protocolError(place: connection.place, reason: "the script that reads contexts answered something else")
    }
    return contexts
  }
}

extension ContextOwner {
  /// The conversation that the migration makes of this owner's legacy context.
  package var derivedID: ConversationID { .derived(from: Array(legacyKey.utf8)) }
}

extension StoredContext {
  fileprivate init?(_ owner: ContextOwner, _ replies: [RedisReply], derived: Bool) {
    guard replies.count == 5, let legacy = StoredValue(replies[0]), let current = StoredValue(replies[1]) else {
      return nil
    }
    self.init(owner: owner, legacy: legacy, current: current)
    isKept = replies[4] == .integer(1)
    if let id = current.bytes.flatMap({ ConversationID(String(decoding: $0, as: UTF8.self)) }) {
      guard let named = StoredParts(id, replies[2]) else { return nil }
      conversation = named
    }
    if derived {
      guard let further = StoredParts(owner.derivedID, replies[3]) else { return nil }
      self.derived = further
    }
  }
}

extension StoredParts {
  fileprivate init?(_ id: ConversationID, _ reply: RedisReply) {
    guard let parts = reply.elements, parts.count == 3, let history = StoredValue(parts[0]),
      let state = StoredValue(parts[1]), let meta = StoredValue(parts[2])
    else { return nil }
    self.init(id: id, history: history, state: state, meta: meta)
  }
}
