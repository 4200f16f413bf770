package import Redis

/// Why a clean-up or a restoration ended before its end. What was done until then stands, and is in the tally.
package enum CleanupError: Error, Equatable, Sendable, CustomStringConvertible {
  case redis(RedisError)
  /// A system call on the dump file, in its words.
  case file(String)
  case exists(String)
  /// Not a dump file, or one of a later version.
  case foreign(String)
  /// Redis answers something else than the command gives.
  case answer(String)

  /// Whether the same command can go on from there, once whatever it names is in order.
  package var goesOn: Bool {
    switch self {
    case .redis, .answer: true
    case .file, .exists, .foreign: false
    }
  }

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .file(let text): text
    case .exists(let path): "\(path) is there already; name another file: a dump is never written over"
    case .foreign(let path):
      "\(path) is no dump file of this version of turnout: it does not begin with \"turnout-dump 1\""
    case .answer(let command): "Redis answered \(command) with something else than it is documented to"
    }
  }
}
