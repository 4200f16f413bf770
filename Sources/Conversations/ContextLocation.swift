package import Redis

/// The Redis server that holds the contexts. The description never shows a password.
package struct ContextLocation: Sendable, Equatable, CustomStringConvertible {
  package var address: RedisAddress
  /// Whom to trust over TLS; nil: the system's certificates.
  package var caFile: String?

  package init(address: RedisAddress, caFile: String? = nil) {
    self.address = address
    self.caFile = caFile
  }

  package var description: String { address.description }

  /// A connection that the server lists under that name.
  package func connect(
    as name: String, timeoutNanoseconds: UInt64 = RedisConnection.defaultTimeout,
    replyLimit: Int = RedisConnection.defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    try RedisConnection.open(
      address, authorities: caFile, name: name, timeoutNanoseconds: timeoutNanoseconds, replyLimit: replyLimit)
  }
}
