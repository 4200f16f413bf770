internal import Reactor
package import Redis

/// Reads many contexts in one round trip, each atomically, with a bound on the bytes.
package enum ContextReader {
  /// Owners per round trip.
  package static let batch = 100
  /// A reply takes no further context once it has 4 MiB.
  private static let replyBytes = 4 << 20
  /// The reply limit of a connection: the bytes above, plus one context of eight values at their limit.
  package static let replyLimit = replyBytes + 8 * StoredValue.limit + (1 << 20)
  package static let timeout = Duration.seconds(30)

  /// KEYS: the legacy key and the pointer of each owner. ARGV: the limit of a value, the bytes of the reply, the longest TTL
  /// of a context in use in ms, then for each owner the id of a further conversation, or an empty string.
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

  /// The contexts of the first of `owners`: at least one, and as many as fit into a reply.
  ///
  /// - Parameter derived: whether to include the conversation that the migration derives from the legacy key.
  package static func read(
    firstOf owners: ArraySlice<ContextOwner>, derived: Bool = false, longestMilliseconds: Int = .max / 4,
    on connection: inout RedisConnection
  ) throws(RedisError) -> [ContextSnapshot] {
    let asked = owners.prefix(batch)
    var keys: [RedisWord] = []
    var arguments: [RedisWord] = [RedisWord(StoredValue.limit), RedisWord(replyBytes), RedisWord(longestMilliseconds)]
    for owner in asked {
      keys += [RedisWord(owner.legacyKey), RedisWord(owner.currentKey)]
      arguments.append(derived ? RedisWord(owner.derivedID.text) : "")
    }
    let reply = try connection.script(
      script, keys: keys, arguments: arguments, timeoutNanoseconds: timeout.nanoseconds)
    let contexts = (reply.elements ?? []).indices.compactMap { index -> ContextSnapshot? in
      let owner = asked[asked.startIndex + index]
      return ContextSnapshot(owner, reply.elements?[index].elements ?? [], derived: derived)
    }
    guard !contexts.isEmpty || asked.isEmpty, contexts.count == reply.elements?.count else {
      throw .protocolError(place: connection.place, reason: "invalid result of the script that reads contexts")
    }
    return contexts
  }
}

extension ContextOwner {
  /// The id of the conversation that the migration derives from this owner's legacy context.
  package var derivedID: ConversationID { .derived(from: Array(legacyKey.utf8)) }
}

extension ContextSnapshot {
  fileprivate init?(_ owner: ContextOwner, _ replies: [RedisReply], derived: Bool) {
    guard replies.count == 5, let legacy = StoredValue(replies[0]), let current = StoredValue(replies[1]) else {
      return nil
    }
    self.init(owner: owner, legacy: legacy, current: current)
    isKept = replies[4] == .integer(1)
    if let id = current.bytes.flatMap({ ConversationID(String(decoding: $0, as: UTF8.self)) }) {
      guard let named = RawConversation(id, replies[2]) else { return nil }
      conversation = named
    }
    if derived {
      guard let further = RawConversation(owner.derivedID, replies[3]) else { return nil }
      self.derived = further
    }
  }
}

extension RawConversation {
  fileprivate init?(_ id: ConversationID, _ reply: RedisReply) {
    guard let parts = reply.elements, parts.count == 3, let history = StoredValue(parts[0]),
      let state = StoredValue(parts[1]), let meta = StoredValue(parts[2])
    else { return nil }
    self.init(id: id, history: history, state: state, meta: meta)
  }
}
