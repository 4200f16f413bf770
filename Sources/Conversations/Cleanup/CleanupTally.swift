package import Redis

/// The progress of a clean-up.
package struct CleanupTally: Sendable, Equatable, Codable {
  /// Keys of the layout.
  package var found = 0
  package var removed = 0
  /// Changed after they were dumped, in value or expiry: they stay.
  package var writtenMeanwhile = 0
  /// Expired, or removed by other clients, before their turn.
  package var gone = 0
  /// Too large to be restored: they stay.
  package var tooLarge = 0
  /// With the prefix of the layout, but not part of it: they stay.
  package var foreign = 0
  /// The bytes of the found keys, as Redis estimates them (MEMORY USAGE).
  package var bytes = 0
  package var withoutExpiry = 0
  /// The number of keys by type, as TYPE names it.
  package var types: [String: Int] = [:]
  /// The path; nil: there was nothing to dump.
  package var dump: String?
  package var dumpBytes = 0

  package init() {}

  enum CodingKeys: String, CodingKey {
    case found, removed, gone, foreign, bytes, types, dump
    case writtenMeanwhile = "written_meanwhile"
    case tooLarge = "too_large"
    case withoutExpiry = "without_expiry"
    case dumpBytes = "dump_bytes"
  }
}

/// Why a clean-up or a restoration ended early. What was done until then is in the tally.
package enum CleanupError: Error, Equatable, Sendable, CustomStringConvertible {
  case redis(RedisError)
  /// A system call on the dump file failed.
  case file(String)
  case exists(String)
  /// Not a dump file of this version.
  case foreign(String)
  /// Redis sent an undocumented reply to this command.
  case invalidReply(String)

  /// Whether running the same command again can continue, once the cause is resolved.
  package var isResumable: Bool {
    switch self {
    case .redis, .invalidReply: true
    case .file, .exists, .foreign: false
    }
  }

  package var description: String {
    switch self {
    case .redis(let error): error.description
    case .file(let text): text
    case .exists(let path): "\(path) exists already; name another file: a dump is never overwritten"
    case .foreign(let path):
      "\(path) is not a dump file of this version of turnout: it does not begin with \"turnout-dump 1\""
    case .invalidReply(let command): "Redis sent an invalid reply to \(command)"
    }
  }
}
