internal import Redis

/// The unified layout in Redis: conversations with ids of their own per user and role, in three parts with one TTL, and a
/// pointer to the current conversation.
///
///     conversation:client:42:current                 UUID
///     conversation:client:42:UUID:history            the last ten messages
///     conversation:client:42:UUID:state              {...}
///     conversation:client:42:UUID:meta               {"v":1,"id":UUID,...,"messages":12}
package final class UnifiedStore: ContextStore {
  private let connections: ContextConnections
  private let lifetimes: ContextLifetimes

  package init(_ connections: ContextConnections, lifetimes: ContextLifetimes) {
    self.connections = connections
    self.lifetimes = lifetimes
  }

  package func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context {
    try appendUserMessage([message], from: owner, id: ConversationID.random().text, state: Array("{}".utf8))
  }

  private func appendUserMessage(
    _ messages: [Message], from owner: ContextOwner, id: String, state: [UInt8]
  ) throws(ContextError) -> Context {
    let reply = try connections.run(
      UnifiedScripts.appendUserMessage, keys: [RedisWord(owner.currentKey)],
      arguments: [
        RedisWord(front(owner)), RedisWord(id), constants(owner), .joined(messages), RedisWord(state),
      ] + lifetimes.words(owner.role))
    guard case .context(let found) = try StoreReply(reply) else { throw StoreReply.invalid }
    return context(found, owner)
  }

  package func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context? {
    let owner = context.owner
    let result = try connections.run(
      UnifiedScripts.commitReply, keys: [RedisWord(owner.currentKey)],
      arguments: [
        RedisWord(front(owner)), RedisWord(context.id), constants(owner), RedisWord(reply.json),
        RedisWord(context.lifetime), state == nil ? 0 : 1, RedisWord(context.state), RedisWord(state ?? []),
      ])
    switch try StoreReply(result) {
    case .committed: return nil
    case .context(let found): return self.context(found, owner)
    case .gone:
      // It has expired or was removed since it was read: write again what is known of it.
      _ = try appendUserMessage(context.history + [reply], from: owner, id: context.id, state: state ?? context.state)
      return nil
    }
  }

  private func context(_ found: StoreReply.Found, _ owner: ContextOwner) -> Context {
    Context(owner: owner, found, key: front(owner) + found.id)
  }

  private func front(_ owner: ContextOwner) -> String { owner.role.unifiedPrefix + owner.user + ":" }

  /// The members of meta that never change.
  private func constants(_ owner: ContextOwner) -> RedisWord {
    RedisWord(Array("\"role\":\"\(owner.role.rawValue)\",\"user_id\":".utf8) + JSONBytes.quoted(owner.user))
  }
}

/// The scripts of `UnifiedStore`.
enum UnifiedScripts {
  /// Keys: the pointer to the current conversation. Arguments: the key prefix, the id for a new conversation, the members
  /// of its meta that never change, the messages separated by commas, the state of a new conversation, and the lifetimes:
  /// inactive, active, pause.
  static let appendUserMessage = StoreScript.script(
    common + #"""
      local prefix, newID, constants, messages, newState = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
      local id, found, fault = current(KEYS[1], prefix)
      if fault then return fault end
      local isNew = not found
      if isNew then id, found = newID, {history = {}, state = '', meta = {}} end
      local seconds = lifetime(number(found.meta, 'updated_at'), ARGV[6], ARGV[7], ARGV[8])
      local fault = write(prefix .. id, id, found, elements('[' .. messages .. ']'), constants, seconds)
      if fault then return fault end
      if found.state == '' then
        found.state = isNew and newState or '{}'
        redis.call('SET', prefix .. id .. ':state', found.state, 'EX', seconds)
      else
        redis.call('EXPIRE', prefix .. id .. ':state', seconds)
      end
      redis.call('SET', KEYS[1], id, 'EX', seconds)
      return answer(id, isNew, found.count, seconds, found.state, found.history)
      """#)

  /// Keys: the pointer. Arguments: the key prefix, the id, the members of meta that never change, the reply, the lifetime,
  /// whether the state changes, the state it was derived from, the new state.
  static let commitReply = StoreScript.script(
    common + #"""
      local prefix, id, constants, seconds = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
      local pointed, fault = pointer(KEYS[1])
      if fault then return fault end
      local found, fault = load(prefix .. id)
      if fault then return fault end
      if not found then
        if pointed == '' or pointed == id then return {'gone'} end
        local other, fault = load(prefix .. pointed)
        if fault then return fault end
        if not other then return {'gone'} end
        return answer(pointed, false, other.count, seconds, other.state == '' and '{}' or other.state, other.history)
      end
      if found.state == '' then found.state = '{}' end
      if ARGV[6] == '1' then
        if found.state ~= ARGV[7] then return answer(id, false, found.count, seconds, found.state, found.history) end
        found.state = ARGV[8]
      end
      local fault = write(prefix .. id, id, found, elements('[' .. ARGV[4] .. ']'), constants, seconds)
      if fault then return fault end
      redis.call('SET', prefix .. id .. ':state', found.state, 'EX', seconds)
      if pointed == '' or pointed == id then redis.call('SET', KEYS[1], id, 'EX', seconds) end
      return {'committed'}
      """#)

  /// Missing parts, which the server may have evicted, count as empty.
  private static let common = #"""
    local function pointer(key)
      local id, fault = read(key)
      if fault then return nil, fault end
      if id ~= '' and not (#id == 36 and string.find(id, '^%x+%-%x+%-%x+%-%x+%-%x+$')) then
        return nil, unreadable(key, 'it is no UUID')
      end
      return id
    end

    -- Nil where no part exists; the second value is an error to return.
    local function load(front)
      local found = {}
      for _, part in ipairs({'history', 'state', 'meta'}) do
        local value, fault = read(front .. ':' .. part)
        if fault then return nil, fault end
        found[part] = value
      end
      if found.history == '' and found.state == '' and found.meta == '' then return nil end
      if found.history ~= '' and not isList(found.history) then
        return nil, unreadable(front .. ':history', 'it is no JSON list')
      end
      if found.state ~= '' and not isJSON(found.state) then return nil, unreadable(front .. ':state', 'it is no JSON') end
      if found.meta ~= '' and not isObject(found.meta) then
        return nil, unreadable(front .. ':meta', 'it is no JSON object')
      end
      found.history = found.history == '' and {} or elements(found.history)
      found.meta = found.meta == '' and {} or members(found.meta)
      found.count = math.max(number(found.meta, 'messages') or 0, #found.history)
      return found
    end

    -- The current conversation; the third value is an error to return.
    local function current(key, prefix)
      local id, fault = pointer(key)
      if fault then return nil, nil, fault end
      if id == '' then return end
      local found, fault = load(prefix .. id)
      return id, found, fault
    end

    -- Writes history and meta. A full or read-only server refuses the first write.
    local function write(front, id, found, added, constants, seconds)
      local count
      found.history, count = appended(found.history, added)
      found.count = (found.count or 0) + count
      if #found.meta == 0 then
        found.meta = members('{"v":1,"id":"' .. id .. '",' .. constants .. ',"created_at":' .. now .. '}')
      end
      set(found.meta, 'updated_at', now)
      set(found.meta, 'messages', string.format('%d', found.count))
      local written = redis.pcall('SET', front .. ':history', list(found.history), 'EX', seconds)
      if written.err then return written end
      redis.call('SET', front .. ':meta', object(found.meta), 'EX', seconds)
    end


    """#
}
