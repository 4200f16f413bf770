internal import Redis

/// What became of one context.
enum WriteResult: Int {
  case written = 0
  /// Its legacy value is no longer the one that was read.
  case changed = 1
  case gone = 2
  /// There is a conversation; nothing was written.
  case exists = 3
}

/// Writes many new conversations in one step, each only if its legacy value is still the one that was read and nobody
/// has a conversation there.
enum ConversationWriter {
  /// KEYS: legacy, current, history, state, meta of each. ARGV: the times, then the legacy value and the four new values
  /// of each.
  private static let script = RedisScript(
    MigratedTTL.lua + """
      local standard, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
      local reply = {}
      for i = 0, #KEYS / 5 - 1 do
        local k, a, result = 5 * i, 5 * i + 2, 0
        local legacy, current = KEYS[k + 1], KEYS[k + 2]
        local value = redis.pcall('GET', legacy)
        if not value then
          result = 2
        elseif value ~= ARGV[a + 1] then
          result = 1
        elseif redis.call('EXISTS', current, KEYS[k + 5]) > 0 then
          result = 3
        else
          local before = redis.call('PTTL', legacy)
          local left = conversationTTL(before, standard)
          redis.call('SET', KEYS[k + 3], ARGV[a + 3], 'PX', left)
          redis.call('SET', KEYS[k + 4], ARGV[a + 4], 'PX', left)
          redis.call('SET', KEYS[k + 5], ARGV[a + 5], 'PX', left)
          redis.call('SET', current, ARGV[a + 2], 'PX', left)
          -- Last: a script that is refused midway leaves what it has done.
          keepLegacy(legacy, before, keep)
        end
        reply[i + 1] = result
      end
      return reply
      """)

  static func write(
    _ items: ArraySlice<MigrationItem>, _ times: MigratedTTL, _ connection: inout RedisConnection
  ) throws(RedisError) -> [WriteResult] {
    var (keys, arguments): ([RedisWord], [RedisWord]) = ([], [RedisWord(times.standard), RedisWord(times.legacy)])
    keys.reserveCapacity(5 * items.count)
    arguments.reserveCapacity(5 * items.count + 2)
    for item in items {
      let keysOfParts = UnifiedKeys.parts(of: item)
      keys += [item.key, keysOfParts[3], keysOfParts[0], keysOfParts[1], keysOfParts[2]].map { RedisWord($0) }
      let values = item.conversation.values
      arguments += [item.value, values[3], values[0], values[1], values[2]].map { RedisWord($0) }
    }
    let reply = try connection.script(
      script, keys: keys, arguments: arguments, timeoutNanoseconds: MigrationLimits.timeout)
    let results = (reply.elements ?? []).compactMap { $0.integer.flatMap(WriteResult.init) }
    guard results.count == items.count else {
      throw .protocolError(place: connection.place, reason: "no answer to the script that writes")
    }
    return results
  }
}
