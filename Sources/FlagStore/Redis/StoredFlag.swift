import Flags
internal import JSON
internal import Redis

/// One flag as Redis has it: the value, which anyone may SET, and the record, which only Turnout writes.
///
/// The record holds the whole flag, its revision and the value that it was made from. A value that does not match its
/// record is a foreign change, by `redis-cli SET` or a deployment. It is in force at once, and the first proxy or writer
/// that notices it *adopts* it: it writes the record and the audit trail, as the next revision.
///
///     value   record                      means
///     ------  --------------------------  -----------------------------------------------------------
///     v       made from v                 the flag of the record
///     v       made from another, or none  v, a foreign change
///     none    made from none              the flag of the record: the deletion is recorded
///     none    made from v                 a foreign deletion: the initial value
///     none    none                        never set, or flushed, or the server lost its data
///
/// The short form changes only the percentage. Salt, lists and a kill stay, so that `SET flag 50` neither reshuffles users
/// nor ends a kill. An object replaces the whole flag.
struct StoredFlag: Sendable, Equatable {
  var name: String
  /// Nil when the key does not exist.
  var value: [UInt8]?
  var record: Record?

  struct Record: Sendable, Equatable {
    /// As stored; the compare-and-set compares it.
    var revision: String
    /// Nil when it cannot be read.
    var flag: Flag?
    /// The value that it was made from; nil: the key did not exist.
    var value: [UInt8]?
  }

  /// What a reader falls back on when the store does not know the flag.
  struct Fallback: Sendable, Equatable {
    /// The flag as it was read last.
    var flag: Flag?
    /// Whether that was in another run of the server.
    var isOtherServer = false
    /// The flag if it was never stored.
    var initial: Flag
  }

  struct Reading: Sendable, Equatable {
    var flag: Flag
    /// Set for a foreign change: the flag before it.
    var adoption: Adoption?
  }

  struct Adoption: Sendable, Equatable {
    var before: Flag?
    var action: AuditEntry.Action
  }

  func read(_ fallback: Fallback, place: String) throws(FlagStoreError) -> Reading {
    let base = record?.flag ?? fallback.flag
    guard let value else { return try readMissing(base, fallback, place) }
    if let record, let flag = record.flag, record.value == value { return Reading(flag: flag) }
    try check(value.count, atMost: FlagLimits.valueBytes, place)
    var flag = try Flag(storedValue: value, name: name, base: base, file: "\(place) \(name)")
    flag.updatedBy = flag.updatedBy ?? "SET"
    let reading = adopting(flag, over: base, fallback, .found)
    // The full form may be longer: JSON has long and short escapes for a character.
    try check(reading.flag.compactText.utf8.count, atMost: FlagLimits.valueBytes + FlagLimits.noteRoom, place)
    return reading
  }

  private func check(_ bytes: Int, atMost limit: Int, _ place: String) throws(FlagStoreError) {
    guard bytes <= limit else { throw .valueTooLarge(flag: name, place: place, bytes: bytes) }
  }

  private func readMissing(_ base: Flag?, _ fallback: Fallback, _ place: String) throws(FlagStoreError) -> Reading {
    if let record, let flag = record.flag, record.value == nil { return Reading(flag: flag) }
    guard let base, base.revision > 0 else { return Reading(flag: fallback.initial) }
    if record == nil, fallback.isOtherServer { throw .lost(flag: name, place: place) }
    var flag = fallback.initial
    flag.updatedBy = "DEL"
    return adopting(flag, over: base, fallback, .deleted)
  }

  /// The flag as the next revision. The revision is counted only once, although a reader that may not write finds the same
  /// foreign change at every read.
  private func adopting(_ flag: Flag, over base: Flag?, _ fallback: Fallback, _ action: AuditEntry.Action) -> Reading {
    var flag = flag
    if record == nil, let counted = fallback.flag, counted.revision > 0 {
      var same = flag
      same.revision = counted.revision
      if same == counted { return Reading(flag: counted, adoption: Adoption(before: nil, action: action)) }
    }
    flag.revision = max(flag.revision, base?.nextRevision ?? 1)
    return Reading(flag: flag, adoption: Adoption(before: base, action: action))
  }
}

extension Flag {
  /// From the value of a key: the short form over the flag before, or a whole object.
  init(storedValue bytes: [UInt8], name: String, base: Flag?, file: String) throws(FlagStoreError) {
    let (flag, isShort) = try FlagDocument.value(parsing: bytes, name: name, file: file)
    guard isShort, let base else {
      self = flag
      return
    }
    self = base
    percentage = flag.percentage
    updatedAt = nil
    updatedBy = nil
    reason = nil
  }
}

// Reading a flag from Redis, and writing it in one step.
extension StoredFlag {
  /// The fields of a record.
  private static let fields: [RedisWord] = ["revision", "flag", "value", "made_from"]
  /// `made_from` of a record whose value is its own `flag`, so that the same bytes are stored once.
  private static let itself = "flag"
  private static let absent = "nothing"
  private static let other = "value"

  /// The commands that read one flag in one transaction. They do not transfer a value that is too long.
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
    // The first error says more than the error of EXEC that follows from it.
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

  /// Changes the record, and with `writes` also the value, unless either has changed since it was read: then it returns
  /// false.
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

  /// The server runs it as one step, so a writer that dies leaves all of it or nothing. Redis does not roll back, so the step
  /// that may be refused comes first: the entry in the audit trail. A refused PUBLISH does not fail the write.
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
