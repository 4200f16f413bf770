internal import Redis

/// Migrates batches of small contexts whose users have no conversation, if nobody writes one of them meanwhile: WATCH,
/// read, plan, MULTI, write, EXEC. Redis spends half the time on it that a script takes: a command that a script calls
/// costs more than one that comes by itself.
struct OptimisticBatch {
  let reading: LegacyReading
  let times: MigratedTTL

  init(_ reading: LegacyReading, _ times: MigratedTTL) {
    self.reading = reading
    self.times = times
  }

  private typealias Due = (key: [UInt8], left: Int?, value: RedisReply?)

  /// Returns the keys that are not for this way, or with which something came between. Of those nothing was written.
  /// - Parameter isFresh: whether most are expected to be due, as they were in the batch before: then their values are
  ///   asked for at once, which saves a round trip.
  func migrate(
    _ keys: [[UInt8]], isFresh: inout Bool, _ connection: inout RedisConnection
  ) throws(MigrationError) -> [[UInt8]] {
    var rest: [[UInt8]] = []
    var now = 0
    let due = try failing { () throws(RedisError) in
      try watch(keys, withValues: isFresh, &rest, &now, &connection)
    }
    isFresh = due.count * 2 > keys.count
    let found = try failing { () throws(RedisError) in try read(due, &rest, &connection) }
    let items = try reading.plan(found)
    let isWritten = try failing { () throws(RedisError) in try write(items, now, &connection) }
    guard isWritten else { return rest + items.map(\.key) }
    if !items.isEmpty { reading.progress.count { $0.migrated += items.count } }
    return rest
  }

  private func pipeline(
    _ commands: [[RedisWord]], _ connection: inout RedisConnection
  ) throws(RedisError) -> [RedisReply] {
    try connection.pipeline(commands, timeoutNanoseconds: MigrationLimits.timeout)
  }

  /// Those that are to be migrated. From here on EXEC writes nothing if one of them, or their user's current
  /// conversation, is written.
  private func watch(
    _ keys: [[UInt8]], withValues: Bool, _ rest: inout [[UInt8]], _ now: inout Int,
    _ connection: inout RedisConnection
  ) throws(RedisError) -> [Due] {
    let currents = keys.map { RedisWord(UnifiedKeys.current(of: $0, reading.role)) }
    // The pointer may have been evicted, and the conversation be there.
    let present = currents + keys.map { RedisWord(UnifiedKeys.meta(of: $0, reading.role)) }
    var commands = [[Self.watch] + keys.map { RedisWord($0) } + currents, [Self.exists] + present]
    commands.append(["TIME"])
    for key in keys { commands.append([Self.pttl, RedisWord(key)]) }
    let before = commands.count
    if withValues { commands += keys.map(Self.question) }
    let replies = try pipeline(commands, &connection)
    // A value may be of another type, which is for the careful way.
    if let text = replies.prefix(before).lazy.compactMap(\.failure).first { throw .refused(text) }
    now = replies[2].serverMilliseconds
    var (due, kept, gone): ([Due], Int, Int) = ([], 0, 0)
    for (place, key) in keys.enumerated() {
      let value = withValues ? replies[before + place] : nil
      switch replies[3 + place].integer ?? -2 {
      case -2: gone += 1
      case -1: due.append((key, nil, value))
      case let left where MigratedMarker.isKept(left: left, now: now, longest: reading.longest): kept += 1
      case let left: due.append((key, left, value))
      }
    }
    reading.count(kept: kept, gone: gone)
    // Somebody has a conversation: that is for the careful way, which asks who.
    guard replies[1] == .integer(0) else {
      rest = due.map(\.key)
      return []
    }
    return due
  }

  /// One byte more than goes this way.
  private static func question(_ key: [UInt8]) -> [RedisWord] { [getrange, RedisWord(key), "0", end] }

  /// The values of those that can be read and are not large.
  private func read(
    _ due: [Due], _ rest: inout [[UInt8]], _ connection: inout RedisConnection
  ) throws(RedisError) -> [LegacyReading.Found] {
    guard let first = due.first else { return [] }
    let replies =
      first.value == nil ? try pipeline(due.map { Self.question($0.key) }, &connection) : due.compactMap(\.value)
    var found: [LegacyReading.Found] = []
    for (due, reply) in zip(due, replies) {
      guard let value = reply.value, value.count <= MigrationLimits.fastValue,
        let context = try? reading.read(due.key, value, due.left)
      else {
        rest.append(due.key)
        continue
      }
      found.append(context)
    }
    return found
  }

  /// False when something was written meanwhile.
  private func write(
    _ items: [MigrationItem], _ now: Int, _ connection: inout RedisConnection
  ) throws(RedisError) -> Bool {
    guard !items.isEmpty else {
      try connection.command("UNWATCH", timeoutNanoseconds: MigrationLimits.timeout)
      return true
    }
    var commands: [[RedisWord]] = [["MULTI"]]
    commands.reserveCapacity(5 * items.count + 2)
    for item in items {
      let left = RedisWord(times.conversation(remaining: item.left))
      for (key, value) in zip(UnifiedKeys.parts(of: item), item.conversation.values) {
        commands.append([Self.set, RedisWord(key), RedisWord(value), Self.px, left])
      }
      if let expiry = times.legacyExpiry(remaining: item.left, now: now) {
        commands.append([Self.pexpireat, RedisWord(item.key), RedisWord(expiry)])
      }
    }
    commands.append(["EXEC"])
    let replies = try pipeline(commands, &connection)
    if replies.last?.isNull == true { return false }
    if let text = replies.lazy.compactMap(\.failure).first { throw .refused(text) }
    let results = replies.last?.elements ?? []
    if let text = results.lazy.compactMap(\.failure).first { throw .refused(text) }
    return true
  }

  private static let end = RedisWord(MigrationLimits.fastValue)
  private static let watch: RedisWord = "WATCH"
  private static let exists: RedisWord = "EXISTS"
  private static let pttl: RedisWord = "PTTL"
  private static let getrange: RedisWord = "GETRANGE"
  private static let set: RedisWord = "SET"
  private static let px: RedisWord = "PX"
  private static let pexpireat: RedisWord = "PEXPIREAT"
}

/// The keys of the unified layout, built in bytes: as texts they cost more than all the rest of a batch.
enum UnifiedKeys {
  static func current(of legacyKey: [UInt8], _ role: ContextRole) -> [UInt8] { front(of: legacyKey, role) + current }

  /// Of the conversation that the migration makes.
  static func meta(of legacyKey: [UInt8], _ role: ContextRole) -> [UInt8] {
    front(of: legacyKey, role) + [UInt8(ascii: ":")] + ConversationID.derived(from: legacyKey).text.utf8 + meta
  }

  /// History, state, meta and current of a planned conversation: the order of `PlannedConversation.values`.
  static func parts(of item: MigrationItem) -> [[UInt8]] {
    let front = front(of: item.key, item.owner.role)
    let conversation = front + [UInt8(ascii: ":")] + item.conversation.id.text.utf8
    return [conversation + history, conversation + state, conversation + meta, front + current]
  }

  private static func front(of legacyKey: [UInt8], _ role: ContextRole) -> [UInt8] {
    Array(role.unifiedPrefix.utf8) + legacyKey[role.legacyPrefix.utf8.count...]
  }

  private static let current = Array(":current".utf8)
  private static let history = Array(":history".utf8)
  private static let state = Array(":state".utf8)
  private static let meta = Array(":meta".utf8)
}
