internal import Reactor
internal import Redis

/// Writes a conversation into the legacy value in one atomic step, if neither has changed since it was read.
enum ReverseScript {
  enum Outcome: Equatable {
    case written
    /// Another client wrote first; nothing was written.
    case conflict
  }

  /// KEYS: the legacy key, that of the current conversation, that of its meta. ARGV: the id; the legacy value as it was
  /// read, and whether there was one; the same of meta; the legacy value and its lifetime in ms; meta. Meta goes on
  /// living as long as it did, or, where it was evicted, as long as the key of the current conversation.
  private static let script = RedisScript(
    """
    local function is(key, value, isThere)
      local found = redis.call('GET', key)
      return (found or '') == value and (found and '1' or '0') == isThere
    end
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    if not is(KEYS[1], ARGV[2], ARGV[3]) or not is(KEYS[3], ARGV[4], ARGV[5]) then return 0 end
    local left = redis.call('PTTL', KEYS[3])
    if left == -2 then left = redis.call('PTTL', KEYS[2]) end
    -- It lives a whole lifetime, or as long as it did.
    local lifetime = redis.call('PTTL', KEYS[1])
    if lifetime == -1 then
      redis.call('SET', KEYS[1], ARGV[6])
    else
      redis.call('SET', KEYS[1], ARGV[6], 'PX', math.max(lifetime, tonumber(ARGV[7])))
    end
    if left < 0 then
      redis.call('SET', KEYS[3], ARGV[8])
    else
      redis.call('SET', KEYS[3], ARGV[8], 'PX', math.max(left, 1))
    end
    return 1
    """)

  /// Bytes of one pipeline: 8 MiB, or one larger write.
  private static let pipelineBytes = 8 << 20

  /// The outcomes of the first of `writes`: at least one, and as many as fit into one round trip.
  static func apply(
    firstOf writes: ArraySlice<ReverseWrite>, on connection: inout RedisConnection
  ) throws(RedisError) -> [Outcome] {
    var size = 0
    let sent = writes.prefix { write in
      defer { size += write.size }
      return size == 0 || size + write.size <= pipelineBytes
    }
    var replies = try run(sent, "EVALSHA", script.digest, &connection)
    if replies.contains(where: { $0.failure?.hasPrefix("NOSCRIPT") == true }) {
      // None of them ran: the script cache has the script for all or for none.
      replies = try run(sent, "EVAL", script.source, &connection)
    }
    var outcomes: [Outcome] = []
    for reply in replies { outcomes.append(try outcome(reply, connection.place)) }
    return outcomes
  }

  private static func run(
    _ writes: ArraySlice<ReverseWrite>, _ name: RedisWord, _ body: String, _ connection: inout RedisConnection
  ) throws(RedisError) -> [RedisReply] {
    try connection.pipeline(
      writes.map { [name, RedisWord(body), 3] + $0.words }, timeoutNanoseconds: ContextReader.timeout.nanoseconds)
  }

  private static func outcome(_ reply: RedisReply, _ place: String) throws(RedisError) -> Outcome {
    switch reply {
    case .integer(1): return .written
    case .integer(0): return .conflict
    // The type of a key has changed; reading it again reports that.
    case .error(let text) where text.contains("WRONGTYPE"): return .conflict
    case .error(let text): throw .refused(text)
    default: throw .protocolError(place: place, reason: "invalid result of the script that writes contexts back")
    }
  }
}

extension ReverseWrite {
  fileprivate var size: Int {
    (legacyBefore?.count ?? 0) + (metaBefore?.count ?? 0) + legacy.count + meta.count + 1_024
  }

  fileprivate var words: [RedisWord] {
    [RedisWord(legacyKey), RedisWord(owner.currentKey), RedisWord(metaKey), RedisWord(id.text)]
      + Self.words(legacyBefore) + Self.words(metaBefore)
      + [RedisWord(legacy), RedisWord(seconds * 1_000), RedisWord(meta)]
  }

  /// The value, and whether there was one.
  private static func words(_ before: [UInt8]?) -> [RedisWord] { [RedisWord(before ?? []), before == nil ? "0" : "1"] }
}
