package import Reactor
package import Redis

/// Why a migration ended early. What was written until then stays, and the next run goes on from there.
package enum MigrationFailure: Error, Sendable, CustomStringConvertible {
  case redis(RedisError)
  /// The messages could not be read.
  case messages(MessageSourceError)
  case system(SystemError)

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .messages(let error): "the messages could not be read: \(error)"
    case .system(let error): error.description
    }
  }
}
