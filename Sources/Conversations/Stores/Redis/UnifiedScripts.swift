internal import Redis

/// The steps of `UnifiedStore`.
enum UnifiedScripts {
  /// Keys: the pointer to the current conversation. Arguments: what the keys begin with, the id that a new conversation
  /// gets, the members of its meta that never change, the messages with commas between, its state if it is new, and the
  /// lifetimes: inactive, active, pause.
  static let hear = StoreScript.script(
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

  /// Keys: the pointer. Arguments: what the keys begin with, the id, the constant members of the meta, the answer, the
  /// lifetime, whether there is a new state, the state that it follows from, the new one.
  static let say = StoreScript.script(
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
      return {'said'}
      """#)

  /// Parts that are not there, because the server had to evict them, are as empty.
  private static let common = #"""
    local function pointer(key)
      local id, fault = read(key)
      if fault then return nil, fault end
      if id ~= '' and not (#id == 36 and string.find(id, '^%x+%-%x+%-%x+%-%x+%-%x+$')) then
        return nil, unreadable(key, 'it is no UUID')
      end
      return id
    end

    -- Nil where no part is there; a second value is what to answer.
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

    -- The current conversation; only an error stands third.
    local function current(key, prefix)
      local id, fault = pointer(key)
      if fault then return nil, nil, fault end
      if id == '' then return end
      local found, fault = load(prefix .. id)
      return id, found, fault
    end

    -- History and meta. The first write is the one that a full or a read-only server refuses.
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
