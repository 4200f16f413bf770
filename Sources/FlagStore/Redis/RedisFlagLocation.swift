package import Redis

extension RedisFlagLocation {
  /// A connection that the server lists under that name.
  package func connect(
    as name: String, replyLimit: Int = RedisConnection.defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    try RedisConnection.open(address, authorities: caFile, name: name, replyLimit: replyLimit)
  }
}

/// The keys of one store:
///
///     NAME                      the flag: 50, true or a JSON object; anybody may SET it
///     turnout:flag:NAME         a hash: what we know of the flag, with its revision (StoredFlag)
///     turnout:audit             a stream: the audit trail
///     turnout:proxies           a set: the ids of proxies
///     turnout:proxy:ID          one of them, with an expiry of seconds
///     turnout:proxy:ID:last     the same, with an expiry of minutes
///     turnout:windows:...       what the proxies counted, with an expiry (CohortWindows)
///     turnout:changed           a channel: names of flags that were written
struct RedisKeys: Sendable {
  let prefix: String
  /// For a store that is only tried: after so many seconds without a write all of it is gone.
  var expirySeconds: Int?

  func value(_ flag: String) -> RedisWord { RedisWord(prefix + flag) }
  func record(_ flag: String) -> RedisWord { RedisWord("\(prefix)turnout:flag:\(flag)") }
  func isRecord(_ key: [UInt8]) -> Bool { key.starts(with: record("").bytes) }
  func proxy(_ id: String) -> RedisWord { RedisWord("\(prefix)turnout:proxy:\(id)") }
  func lastOfProxy(_ id: String) -> RedisWord { RedisWord("\(prefix)turnout:proxy:\(id):last") }
  var audit: RedisWord { RedisWord("\(prefix)turnout:audit") }
  var proxies: RedisWord { RedisWord("\(prefix)turnout:proxies") }
  var changed: RedisWord { RedisWord("\(prefix)turnout:changed") }
}

extension RedisFlagLocation {
  /// The proxies in the register, on a connection of the caller's.
  package func members(on connection: inout RedisConnection) throws(RedisError) -> [FleetMember] {
    try FleetRegister.members(RedisKeys(prefix: keyPrefix), on: &connection)
  }
}
