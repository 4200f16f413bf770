internal import Redis

/// The part that the scripts of both layouts begin with.
///
/// A script reads everything before it writes anything: what cannot be read is reported, and left as it is. Values are
/// cut and put together as text, never decoded and encoded again: cjson would make `{}` of an empty list, and round large
/// numbers. It only judges whether a value is JSON at all. The time is that of the server, so that the clocks of the
/// application's machines do not matter.
///
/// They need Redis 5 or later, which lets a script write after it has asked for the time.
enum StoreScript {
  /// Of one value in bytes. A larger one was not written by an application that keeps ten messages, and reading it would
  /// hold up everyone else: 1 MiB takes some 10 ms.
  static let sizeLimit = 1 << 20

  static func script(_ body: String) -> RedisScript { RedisScript(common + body) }

  /// What a script answers, besides an error of Redis': `{'context', ...}` as `StoreReply` reads it, `{'said'}`,
  /// `{'gone'}`, `{'unreadable', key, reason}`.
  private static let common = #"""
    local limit, kept = \#(sizeLimit), \#(Message.kept)
    local clock = redis.call('TIME')
    local now = clock[1] .. string.format('%03d', math.floor(clock[2] / 1000))

    local function unreadable(key, reason) return {'unreadable', key, reason} end

    -- The value, empty where there is none; or nil and what to answer.
    local function read(key)
      local value = redis.pcall('GETRANGE', key, 0, limit)
      if type(value) == 'table' then
        if string.find(value.err, 'WRONGTYPE', 1, true) then return nil, unreadable(key, 'it is no string') end
        return nil, value
      end
      if #value > limit then return nil, unreadable(key, 'it is larger than ' .. limit .. ' bytes') end
      return value
    end

    local function isJSON(text) return not string.find(text, '%z') and (pcall(cjson.decode, text)) end
    local function isList(text) return string.find(text, '^%s*%[') and isJSON(text) end
    local function isObject(text) return string.find(text, '^%s*{') and isJSON(text) end

    -- The place behind the value at `place`, in a text that is JSON.
    local function skip(text, place)
      local first = string.byte(text, place)
      if first == 34 then
        place = place + 1
        while true do
          place = string.find(text, '["\\]', place)
          if string.byte(text, place) == 34 then return place + 1 end
          place = place + 2
        end
      end
      if first ~= 123 and first ~= 91 then return string.find(text, '[%s,%]}]', place) or #text + 1 end
      local depth = 0
      while true do
        place = string.find(text, '["%[%]{}]', place)
        local byte = string.byte(text, place)
        if byte == 34 then
          place = skip(text, place)
        else
          depth = depth + ((byte == 123 or byte == 91) and 1 or -1)
          place = place + 1
          if depth == 0 then return place end
        end
      end
    end

    -- The texts of a list's elements.
    local function elements(text)
      local found = {}
      local place = string.find(text, '%S', string.find(text, '[', 1, true) + 1)
      while string.byte(text, place) ~= 93 do
        local behind = skip(text, place)
        found[#found + 1] = string.sub(text, place, behind - 1)
        place = string.find(text, '[^%s,]', behind)
      end
      return found
    end

    -- The members of an object: names as they are written, and the texts of the values.
    local function members(text)
      local found = {}
      local place = string.find(text, '%S', string.find(text, '{', 1, true) + 1)
      while string.byte(text, place) == 34 do
        local colon = skip(text, place)
        local value = string.find(text, '[^%s:]', colon)
        local behind = skip(text, value)
        found[#found + 1] = {string.sub(text, place + 1, colon - 2), string.sub(text, value, behind - 1)}
        place = string.find(text, '[^%s,]', behind)
      end
      return found
    end

    -- Of two members with one name the last counts.
    local function member(object, name)
      for place = #object, 1, -1 do
        if object[place][1] == name then return object[place][2], place end
      end
    end

    local function set(object, name, value)
      local _, place = member(object, name)
      object[place or #object + 1] = {name, value}
    end

    local function number(object, name)
      local value = member(object, name)
      return value and string.find(value, '^%-?%d+$') and tonumber(value)
    end

    local function object(found)
      local texts = {}
      for place, pair in ipairs(found) do texts[place] = '"' .. pair[1] .. '":' .. pair[2] end
      return '{' .. table.concat(texts, ',') .. '}'
    end

    -- `history` with the messages of the second list behind it, of which the last are kept; and how many came in.
    local function appended(history, added)
      for _, message in ipairs(added) do history[#history + 1] = message end
      local last = {}
      for place = math.max(1, #history - kept + 1), #history do last[#last + 1] = history[place] end
      return last, #added
    end

    local function list(messages) return '[' .. table.concat(messages, ',') .. ']' end

    -- Shorter or longer, by how long ago the interaction before was: seconds, seconds, milliseconds.
    local function lifetime(before, inactive, active, pause)
      if before and tonumber(now) - before <= tonumber(pause) then return active end
      return inactive
    end

    local function answer(id, isNew, count, seconds, state, history)
      local words = {'context', id, isNew and 1 or 0, count, tonumber(seconds), state}
      for _, message in ipairs(history) do words[#words + 1] = message end
      return words
    end


    """#
}
