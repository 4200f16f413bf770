internal import Redis

/// The steps of `LegacyStore`.
enum LegacyScripts {
  /// Keys: the context. Arguments: the user as JSON, the messages with commas between, the state if it is new, and the
  /// lifetimes: inactive, active, pause.
  static let hear = StoreScript.script(
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

  /// Keys: the context. Arguments: the answer, the lifetime, whether there is a new state, the state that it follows
  /// from, the new one.
  static let say = StoreScript.script(
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
      return write(KEYS[1], found, elements('[' .. ARGV[1] .. ']'), ARGV[2]) or {'said'}
      """#)

  /// The names are those of `LegacyContext`.
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

    -- Where the value itself was the state, its members give way to `state`.
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
