package import Flags
internal import JSON
internal import Redis
internal import Suggestions

/// Why flags cannot be read or written. The text says what was found, what was expected and what to do.
package enum FlagStoreError: Error, Equatable, Sendable {
  /// The content is not a flag document.
  case invalid(FlagDocumentError)
  case fileMissing(file: String)
  /// The path leads to something else: a folder, a pipe.
  case notAFile(file: String)
  case fileTooLarge(file: String, bytes: Int)
  case unknownFlag(name: String, file: String, known: [String])
  /// Another writer stored a change between our reading and writing. Theirs is stored, ours is not.
  case conflict(flag: String, place: String, read: Flag, stored: Flag?)
  /// The flag has another revision than `--if-revision` says.
  case otherRevision(flag: String, place: String, expected: Int, stored: Flag)
  /// The store does not answer.
  case unreachable(place: String, reason: String)
  /// The store refuses: wrong password, no permission.
  case refused(place: String, reason: String)
  /// The store restarted without a flag that it had: it lost its data.
  case lost(flag: String, place: String)
  /// A key of the flag has another type, such as a list instead of a string.
  case wrongType(key: String, place: String, expected: String)
  case valueTooLarge(flag: String, place: String, bytes: Int)
  /// The connection broke before the store confirmed the change.
  case uncertain(flag: String, place: String, reason: String)
  /// Not a valid flag name.
  case badName(String)
  /// Another writer held the lock for `seconds`.
  case locked(file: String, lock: String, seconds: Int)
  /// A system call failed: its purpose, the file, and errno.
  case system(operation: String, file: String, number: Int32)
}

extension FlagStoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .invalid(let error): error.description
    case .fileMissing(let file):
      "\(file): there is no such file; create it with: echo '{ \"UNIFIED_CONVERSATION_ENABLED\": 0 }' > \(file)"
    case .notAFile(let file): "\(file): found something that is no regular file, expected a JSON file of flags"
    case .fileTooLarge(let file, let bytes):
      "\(file): found \(bytes) bytes, expected at most \(FlagLimits.fileBytes); shorten the lists of users"
    case .unknownFlag(let name, let file, let known): Self.unknown(name, file, known)
    case .conflict(let name, let place, let read, let stored): Self.conflict(name, place, read, stored)
    case .otherRevision(let name, let place, let expected, let stored):
      "\(place): flag \(name) is at revision \(stored.revision)\(stored.history), not at \(expected); nothing was changed"
    case .unreachable(_, let reason): "the store does not answer: \(reason)"
    case .refused(let place, let reason): "\(place): \(reason)"
    case .lost(let name, let place):
      "\(place): the store was started again without flag \(name): its data were lost; write the flag again with turnout set"
    case .wrongType(let key, let place, let expected):
      "\(place): found a key \(key) that is no \(expected); remove it with redis-cli DEL \(key)"
    case .uncertain(let name, _, let reason):
      "whether flag \(name) was changed is not known, and it may still be: \(reason)"
    case .valueTooLarge(let name, let place, let bytes):
      "\(place): flag \(name): found \(bytes) bytes, expected at most \(FlagLimits.valueBytes); shorten its lists of users"
    case .badName(let name):
      "\(JSONText.quoted(name, limit: FlagLimits.nameBytes)) cannot name a flag: expected 1 to \(FlagLimits.nameBytes) of A-Z a-z 0-9 _ . : -"
    case .locked(let file, let lock, let seconds):
      "\(file): another writer has held \(lock) for \(seconds) s; nothing was changed, try again"
    case .system(let operation, let file, let number):
      "\(file): cannot \(operation): \(System.message(number))"
    }
  }

  private static func unknown(_ name: String, _ file: String, _ known: [String]) -> String {
    let place = "\(file): there is no flag \(JSONText.quoted(name, limit: FlagLimits.nameBytes))"
    guard !known.isEmpty else { return "\(place), and no other; add \(JSONText.quoted(name)): 0" }
    let listed = known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", ..." : "")
    let nearest =
      Nearest.name(to: name, among: known).map { "; did you mean \($0)?" } ?? "; add it, or name one of them"
    return "\(place); there are \(listed)\(nearest)"
  }

  private static func conflict(_ name: String, _ file: String, _ read: Flag, _ stored: Flag?) -> String {
    guard let stored else {
      return "\(file): flag \(name) was removed meanwhile; nothing was changed, look at the file"
    }
    return """
      \(file): flag \(name) was changed meanwhile: revision \(read.revision) -> \(stored.revision), \(read.stateText) \
      -> \(stored.stateText)\(stored.history); nothing was changed, run the command again if it is still right
      """
  }

  /// The stored flag, where an edit was refused because of it.
  package var stored: Flag? {
    switch self {
    case .conflict(_, _, _, let stored): stored
    case .otherRevision(_, _, _, let stored): stored
    default: nil
    }
  }

  /// Whether the store is away, so that its present content is unknown.
  var isLoss: Bool {
    switch self {
    case .fileMissing, .notAFile, .unreachable, .refused, .lost, .wrongType, .uncertain, .system, .locked: true
    case .invalid, .fileTooLarge, .valueTooLarge, .badName, .unknownFlag, .conflict, .otherRevision: false
    }
  }
}

extension FlagStoreError {
  init(_ error: RedisError, place: String) {
    switch error {
    case .refused: self = .refused(place: place, reason: error.description)
    case .unreachable, .insecure, .timedOut, .closed, .protocolError, .tooLarge:
      self = .unreachable(place: place, reason: error.description)
    }
  }
}

extension Flag {
  fileprivate var stateText: String { "\(percentage) %" + (isEnabled ? "" : " (killed)") }

  /// Who changed it, when and why, as far as known.
  fileprivate var history: String {
    var text = ""
    if let updatedBy { text += ", by \(updatedBy)" }
    if let updatedAt { text += ", at \(updatedAt)" }
    if let reason { text += ", reason \(JSONText.quoted(reason, limit: 200))" }
    return text
  }
}

/// What is wrong in a flag document, and where.
package struct FlagDocumentError: Error, Equatable, Sendable {
  /// The file as the user named it.
  package var file: String
  /// From 1; nil for the document as a whole.
  package var line: Int?
  /// From 1, in Unicode scalars.
  package var column: Int?
  package var flag: String?
  package var key: String?
  package var found: String
  package var expected: String
  /// What to do, without a full stop.
  package var advice: String
}

extension FlagDocumentError: CustomStringConvertible {
  /// `flags.json:3:19: flag "A", key "percentage": found 101, expected ...; write ...`
  package var description: String {
    var place = file
    if let line, let column { place += ":\(line):\(column)" }
    var parts: [String] = []
    if let flag { parts.append("flag \(JSONText.quoted(flag, limit: 128))") }
    if let key { parts.append("key \(JSONText.quoted(key, limit: 128))") }
    let whose = parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    return "\(place): \(whose)found \(found), expected \(expected); \(advice)"
  }
}
