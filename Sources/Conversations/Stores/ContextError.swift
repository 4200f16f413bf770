package import Redis

/// Why a context is not to be had. An application answers all the same, without what it would have remembered.
package enum ContextError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Redis is not there or refuses. Except after `.refused`, whether the message was taken in is unknown.
  case redis(RedisError)
  /// Redis was not there a moment ago, for this reason, and is not asked again so soon.
  case away(RedisError)
  /// All connections were in use for as long as a call may take.
  case busy(milliseconds: Int)
  /// What is stored cannot be read. It was left as it is.
  case unreadable(key: String, reason: String)

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .away(let error): "Redis is not asked for a moment after: \(error)"
    case .busy(let milliseconds):
      "all connections to Redis were in use for \(milliseconds) ms. Check whether Redis is slow (SLOWLOG GET)"
    case .unreadable(let key, let reason):
      "\(key) cannot be read: \(reason). It was left as it is; repair or remove it"
    }
  }
}
