import Flags
internal import JSON
internal import Redis

// How a flag is read from Redis, and written as one step.
extension StoredFlag {
  /// The fields of a record.
  private static let fields: [RedisWord] = ["revision", "flag", "value", "made_from"]
  /// `made_from` of a record whose value is its own `flag`: the same bytes are not kept twice.
  private static let itself = "flag"
  private static let absent = "nothing"
  private static let other = "value"

  /// The commands that read one flag at one moment. A value that is too long is not transferred.
  static func reading(_ name: String, _ keys: RedisKeys) -> [[RedisWord]] {
    let key = keys.value(name)
    return [
      ["MULTI"], ["EXISTS", key], ["STRLEN", key], ["GETRANGE", key, 0, RedisWord(FlagLimits.storedBytes)],
      ["HMGET", keys.record(name)] + fields, ["EXEC"],
    ]
  }

  static var commandsPerFlag: Int { 6 }

  /// From the replies to `reading`.
  init(
    _ name: String, _ replies: ArraySlice<RedisReply>, _ keys: RedisKeys, place: String
  ) throws(FlagStoreError) {
    // Of a command that was refused, the first reply says more than EXEC's, which fails for it.
    if let text = replies.lazy.compactMap(\.failure).first {
      throw FlagStoreError(RedisError.refused(text), place: place)
    }
    guard let parts = replies.last?.elements, parts.count == 4 else {
      throw .refused(place: place, reason: "it answers EXEC with something else")
    }
    for (index, part) in parts.enumerated() {
      guard let text = part.failure else { continue }
      guard text.hasPrefix("WRONGTYPE") else { throw FlagStoreError(RedisError.refused(text), place: place) }
      let (key, expected) =
        index == 3
        ? (keys.record(name), "hash, expected the record of a flag")
        : (keys.value(name), "string, expected the value of a flag")
      throw .wrongType(key: key.text, place: place, expected: expected)
    }
    let length = parts[1].integer ?? 0
    guard length <= FlagLimits.storedBytes else { throw .valueTooLarge(flag: name, place: place, bytes: length) }
    self.name = name
    value = parts[0].integer == 1 ? parts[2].value ?? [] : nil
    record = Record(name, parts[3].elements ?? [], place: place)
  }

  /// Changes the record, and with `writes` the value too, if nobody has changed either since this was read. False:
  /// somebody has.
  func replace(
    with flag: Flag, writes: Bool, audited entry: AuditEntry, _ keys: RedisKeys,
    on connection: inout RedisConnection
  ) throws(RedisError) -> Bool {
    let madeFrom = writes ? Self.itself : value == nil ? Self.absent : Self.other
    let reply = try connection.script(
      Self.script, keys: [keys.value(name), keys.record(name), keys.audit],
      arguments: [
        value == nil ? "0" : "1", RedisWord(value ?? []), RedisWord(record?.revision ?? ""),
        RedisWord(flag.revision), RedisWord(flag.compactText), RedisWord(JSONText.line(entry)), keys.changed,
        RedisWord(name), RedisWord(madeFrom), RedisWord(keys.expirySeconds.map(String.init) ?? ""),
      ])
    return reply.integer == 1
  }

  /// One step for the server, so a writer that dies leaves all of it or nothing. What may be refused comes first, since
  /// nothing is taken back: a trail that takes no entry. That nobody can be told is no reason to fail.
  private static let script = RedisScript(
    """
    local value = redis.call('GET', KEYS[1])
    if (redis.call('HGET', KEYS[2], 'revision') or '') ~= ARGV[3] then return 0 end
    if ARGV[1] == '1' then
      if value ~= ARGV[2] then return 0 end
    elseif value then
      return 0
    end
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', '100000', '*', 'entry', ARGV[6])
    if ARGV[9] == 'flag' then
      redis.call('SET', KEYS[1], ARGV[5])
      redis.pcall('PUBLISH', ARGV[7], ARGV[8])
    end
    redis.call('HSET', KEYS[2], 'revision', ARGV[4], 'flag', ARGV[5], 'made_from', ARGV[9])
    if ARGV[9] == 'value' then redis.call('HSET', KEYS[2], 'value', ARGV[2]) else redis.call('HDEL', KEYS[2], 'value') end
    if ARGV[10] ~= '' then
      for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[10]) end
    end
    return 1
    """)
}

extension StoredFlag.Record {
  /// Nil when there is none.
  init?(_ name: String, _ fields: [RedisReply], place: String) {
    guard fields.count == 4, let revision = fields[0].text else { return nil }
    self.revision = revision
    let text = fields[1].value ?? []
    flag = try? FlagDocument.value(parsing: text, name: name, file: place).flag
    switch fields[3].text {
    case "flag": value = text
    case "value": value = fields[2].value
    default: value = nil
    }
  }
}
