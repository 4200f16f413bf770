internal import Redis

/// The legacy layout in Redis: one JSON value per user and role (`LegacyContext`). Members that other applications add
/// stay.
package final class LegacyStore: ContextStore {
  private let connections: ContextConnections
  private let lifetimes: ContextLifetimes

  package init(_ connections: ContextConnections, lifetimes: ContextLifetimes) {
    self.connections = connections
    self.lifetimes = lifetimes
  }

  package func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context {
    try appendUserMessage([message], from: owner, state: Array("{}".utf8))
  }

  private func appendUserMessage(
    _ messages: [Message], from owner: ContextOwner, state: [UInt8]
  ) throws(ContextError) -> Context {
    let reply = try connections.run(
      LegacyScripts.appendUserMessage, keys: [RedisWord(owner.legacyKey)],
      arguments: [RedisWord(JSONBytes.quoted(owner.user)), .joined(messages), RedisWord(state)]
        + lifetimes.words(owner.role))
    guard case .context(let found) = try StoreReply(reply) else { throw StoreReply.invalid }
    return Context(owner: owner, found, key: owner.legacyKey)
  }

  package func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context? {
    let result = try connections.run(
      LegacyScripts.commitReply, keys: [RedisWord(context.owner.legacyKey)],
      arguments: [
        RedisWord(reply.json), RedisWord(context.lifetime), state == nil ? 0 : 1, RedisWord(context.state),
        RedisWord(state ?? []),
      ])
    switch try StoreReply(result) {
    case .committed: return nil
    case .context(let found): return Context(owner: context.owner, found, key: context.key)
    case .gone:
      // It has expired or was removed since it was read: write again what is known of it.
      _ = try appendUserMessage(context.history + [reply], from: context.owner, state: state ?? context.state)
      return nil
    }
  }
}

/// The scripts of `LegacyStore`.
enum LegacyScripts {
  /// Keys: the context. Arguments: the user as JSON, the messages separated by commas, the state of a new context, and the
  /// lifetimes: inactive, active, pause.
  static let appendUserMessage = StoreScript.script(
    common + #"""
      local found, fault = load(KEYS[1])
      if fault then return fault end
      local isNew = not found
      if isNew then
        local value = '{"user_id":' .. ARGV[1] .. ',"state":' .. ARGV[3] .. ',"messages":[],"created_at":' .. now .. '}'
        found = {members = members(value), history = {}, name = 'messages', state = ARGV[3]}
      end
      local seconds = lifetime(not isNew and number(found.members, 'updated_at'), ARGV[4], ARGV[5], ARGV[6])
      local fault = write(KEYS[1], found, elements('[' .. ARGV[2] .. ']'), seconds)
      if fault then return fault end
      return answer(KEYS[1], isNew, #found.history, seconds, found.state, found.history)
      """#)

  /// Keys: the context. Arguments: the reply, the lifetime, whether the state changes, the state it was derived from, the
  /// new state.
  static let commitReply = StoreScript.script(
    common + #"""
      local found, fault = load(KEYS[1])
      if fault then return fault end
      if not found then return {'gone'} end
      if ARGV[3] == '1' then
        if found.state ~= ARGV[4] then
          return answer(KEYS[1], false, #found.history, ARGV[2], found.state, found.history)
        end
        if ARGV[5] ~= ARGV[4] then replaceState(found, ARGV[5]) end
      end
      return write(KEYS[1], found, elements('[' .. ARGV[1] .. ']'), ARGV[2]) or {'committed'}
      """#)

  /// The member names are those of `LegacyContext`.
  private static let common = #"""
    local own = {messages = true, history = true, user_id = true, created_at = true, updated_at = true}

    local function load(key)
      local value, fault = read(key)
      if fault or value == '' then return nil, fault end
      if not isObject(value) then return nil, unreadable(key, 'it is no JSON object') end
      local found = {members = members(value), name = 'messages'}
      local messages = member(found.members, 'messages')
      if not messages then
        messages = member(found.members, 'history')
        if messages then found.name = 'history' end
      end
      if not messages or messages == 'null' then
        found.history = {}
      elseif string.byte(messages, 1) == 91 then
        found.history = elements(messages)
      else
        return nil, unreadable(key, 'its messages are no list')
      end
      found.state = member(found.members, 'state') or member(found.members, 'context')
      if not found.state then
        local rest = {}
        for _, pair in ipairs(found.members) do
          if not own[pair[1]] then rest[#rest + 1] = pair end
        end
        found.state = object(rest)
      end
      return found
    end

    -- Where the value itself is the state, `state` replaces its members.
    local function replaceState(found, state)
      if member(found.members, 'state') then return set(found.members, 'state', state) end
      if member(found.members, 'context') then return set(found.members, 'context', state) end
      local rest = {}
      for _, pair in ipairs(found.members) do
        if own[pair[1]] then rest[#rest + 1] = pair end
      end
      found.members = rest
      set(found.members, 'state', state)
    end

    local function write(key, found, added, seconds)
      found.history = appended(found.history, added)
      set(found.members, found.name, list(found.history))
      set(found.members, 'updated_at', now)
      local written = redis.pcall('SET', key, object(found.members), 'EX', seconds)
      if written.err then return written end
    end


    """#
}
