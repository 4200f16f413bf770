internal import Redis

/// The common beginning of the scripts of both layouts.
///
/// A script reads everything before it writes anything: it reports an unreadable value and leaves it unchanged. It splits
/// and joins values as text and never re-encodes them: cjson would turn an empty list into `{}`, and round large numbers;
/// cjson only checks that a value is JSON. The time is the server's, so that the clocks of the application's machines do
/// not matter.
///
/// The scripts need Redis 5 or later, which lets a script write after calling TIME.
enum StoreScript {
  /// Bytes of one value. An application that keeps ten messages writes less, and reading more would delay other clients:
  /// 1 MiB takes about 10 ms.
  static let sizeLimit = 1 << 20

  static func script(_ body: String) -> RedisScript { RedisScript(common + body) }

  /// A script returns an error of Redis, `{'context', ...}` as `StoreReply` reads it, `{'committed'}`, `{'gone'}` or
  /// `{'unreadable', key, reason}`.
  private static let common = #"""
    local limit, kept = \#(sizeLimit), \#(Message.historyLimit)
    local clock = redis.call('TIME')
    local now = clock[1] .. string.format('%03d', math.floor(clock[2] / 1000))

    local function unreadable(key, reason) return {'unreadable', key, reason} end

    -- The value, empty for a missing key; or nil and an error to return.
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

    -- The position after the value at `place`, in valid JSON.
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

    -- The elements of a list as text.
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

    -- The members of an object: names and values as written.
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

    -- The last member with a name counts.
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

    -- Appends `added` to `history` and keeps the last messages; the second result is the number added.
    local function appended(history, added)
      for _, message in ipairs(added) do history[#history + 1] = message end
      local last = {}
      for place = math.max(1, #history - kept + 1), #history do last[#last + 1] = history[place] end
      return last, #added
    end

    local function list(messages) return '[' .. table.concat(messages, ',') .. ']' end

    -- By the time since the previous interaction: seconds, seconds, milliseconds.
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

/// The result of a store's script.
enum StoreReply {
  case context(Found)
  case committed
  /// The context no longer exists.
  case gone

  struct Found {
    var id: String
    var isNew: Bool
    var messages: Int
    var lifetime: Int
    var state: [UInt8]
    var history: [Message]
  }

  init(_ reply: RedisReply) throws(ContextError) {
    let words = reply.elements ?? []
    switch (words.first?.text, words.count) {
    case ("committed", 1): self = .committed
    case ("gone", 1): self = .gone
    case ("unreadable", 3):
      throw .unreadable(key: words[1].text ?? "", reason: words[2].text ?? "")
    case ("context", 6...):
      guard let id = words[1].text, let isNew = words[2].integer, let messages = words[3].integer,
        let lifetime = words[4].integer, let state = words[5].value
      else { throw Self.invalid }
      self = .context(
        Found(
          id: id, isNew: isNew == 1, messages: messages, lifetime: lifetime, state: state,
          history: words[6...].compactMap { $0.value.map(Message.init(json:)) }))
    default: throw Self.invalid
    }
  }

  static var invalid: ContextError {
    .redis(.protocolError(place: "Redis", reason: "invalid result of a script"))
  }
}

extension RedisWord {
  /// Messages separated by commas.
  static func joined(_ messages: [Message]) -> RedisWord {
    RedisWord(Array(Message.array(of: messages).dropFirst().dropLast()))
  }
}

extension ContextLifetimes {
  /// The lifetime after an isolated interaction and after one that follows another within the pause (seconds), and the
  /// pause (milliseconds).
  func words(_ role: ContextRole) -> [RedisWord] {
    if adaptive {
      return [RedisWord(Self.inactive), RedisWord(Self.active), RedisWord(Self.pause * 1_000)]
    }
    return [RedisWord(seconds(role)), RedisWord(seconds(role)), 0]
  }
}

extension Context {
  init(owner: ContextOwner, _ found: StoreReply.Found, key: String) {
    self.init(
      owner: owner, id: found.id, key: key, isNew: found.isNew, history: found.history, state: found.state,
      messages: found.messages, lifetime: found.lifetime)
  }
}
