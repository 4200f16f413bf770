internal import Redis

/// What one look at a legacy key gave.
enum LegacyRead: Equatable {
  /// Its bytes, and the milliseconds that it has left; nil: it does not expire.
  case value([UInt8], left: Int?)
  /// It was migrated, and is kept for a rollback (`MigratedMarker`).
  case kept
  case gone
  /// The answer was full; to be asked for again.
  case later
  case unreadable(String)
}

/// Reads many legacy values in one step, bounded in bytes.
enum LegacyReader {
  /// ARGV: the longest lifetime in ms, the largest value, the bytes of an answer. A pair for each key: the milliseconds
  /// left and the value; the other numbers say why there is none.
  private static let script = RedisScript(
    MigratedMarker.lua + """
      local longest, largest, room = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
      local reply, bytes = {}, 0
      for i, key in ipairs(KEYS) do
        local left, value = redis.call('PTTL', key), false
        if isKept(left, longest) then
          left = -3
        elseif left ~= -2 and bytes >= room then
          left = -4
        elseif left ~= -2 then
          value = redis.pcall('GETRANGE', key, 0, largest)
          if type(value) == 'table' then
            left, value = -5, redis.call('TYPE', key)['ok']
          elseif #value > largest then
            left, value = -6, redis.call('STRLEN', key)
          else
            bytes = bytes + #value
          end
        end
        reply[2 * i - 1], reply[2 * i] = left, value
      end
      return reply
      """)

  static func read(
    _ keys: [[UInt8]], longestMilliseconds: Int, _ connection: inout RedisConnection
  ) throws(RedisError) -> [LegacyRead] {
    let limits = [longestMilliseconds, MigrationLimits.value, MigrationLimits.answer].map { RedisWord($0) }
    let reply = try connection.script(
      script, keys: keys.map { RedisWord($0) }, arguments: limits, timeoutNanoseconds: MigrationLimits.timeout)
    guard let parts = reply.elements, parts.count == 2 * keys.count else {
      throw .protocolError(place: connection.place, reason: "no answer to the script that reads")
    }
    return keys.indices.map { read(parts[2 * $0].integer ?? -2, parts[2 * $0 + 1]) }
  }

  private static func read(_ left: Int, _ value: RedisReply) -> LegacyRead {
    switch left {
    case -1: .value(value.value ?? [], left: nil)
    case -3: .kept
    case -4: .later
    case -5: .unreadable("a \(value.text ?? "key of another type") where a string is expected")
    case -6: .unreadable("\(value.integer ?? 0) bytes, which is more than \(MigrationLimits.value)")
    case 0...: .value(value.value ?? [], left: left)
    default: .gone
    }
  }
}
