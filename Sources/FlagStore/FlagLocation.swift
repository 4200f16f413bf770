package import Redis

/// Where flags are stored, as configured. The description never shows a password.
package enum FlagLocation: Sendable, Equatable, CustomStringConvertible {
  /// A path as configured.
  case file(String)
  case redis(RedisFlagLocation)

  package var description: String {
    switch self {
    case .file(let path): path
    case .redis(let place): place.description
    }
  }
}

/// A Redis server and the keys that Turnout uses there.
package struct RedisFlagLocation: Sendable, Equatable, CustomStringConvertible {
  package var address: RedisAddress
  /// Prefix of every key.
  package var keyPrefix: String
  /// The trusted authorities for TLS; nil: the system's.
  package var caFile: String?

  package init(address: RedisAddress, keyPrefix: String = "", caFile: String? = nil) {
    self.address = address
    self.keyPrefix = keyPrefix
    self.caFile = caFile
  }

  package var description: String { address.description }
}

extension RedisFlagLocation {
  /// A connection that CLIENT LIST shows under `name`.
  package func connect(
    as name: String, replyLimit: Int = RedisConnection.defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    try RedisConnection.open(address, authorities: caFile, name: name, replyLimit: replyLimit)
  }
}

/// The keys of one store:
///
///     NAME                      the flag: 50, true or a JSON object; anyone may SET it
///     turnout:flag:NAME         a hash: the record of the flag (StoredFlag)
///     turnout:audit             a stream: the audit trail
///     turnout:proxies           a set: the ids of proxies
///     turnout:proxy:ID          one of them, with an expiry of seconds
///     turnout:proxy:ID:last     the same, with an expiry of minutes
///     turnout:windows:...       the counters of the proxies, with an expiry (CohortWindows)
///     turnout:changed           a channel: names of changed flags
struct RedisKeys: Sendable {
  let prefix: String
  /// For `ScratchFlag`: everything expires after so many seconds without a write.
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
  /// The proxies in the register, over the caller's connection.
  package func members(on connection: inout RedisConnection) throws(RedisError) -> [FleetMember] {
    try FleetRegister.members(RedisKeys(prefix: keyPrefix), on: &connection)
  }
}
