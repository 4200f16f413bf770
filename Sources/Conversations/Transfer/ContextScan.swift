internal import Reactor
internal import Redis

/// A user of whom a scan found keys.
struct FoundContext: Sendable, Equatable {
  var role: ContextRole
  var user: [UInt8]
  /// The conversations whose `meta` was found, in any order.
  var ids: [ConversationID] = []
  var hasLegacy = false
  var hasRecord = false
}

/// Finds the users who have keys in a layout, each once, with all conversations that are theirs.
///
/// All keys are found before the first user is given: what a run writes would otherwise be found by it again. They wait in
/// files without a name, parted by a hash of the user, so that one part at a time is in memory, however many users there are.
struct ContextScan: ~Copyable {
  /// What is looked for.
  struct Kinds: OptionSet {
    let rawValue: Int
    static let legacy = Kinds(rawValue: 1)
    static let records = Kinds(rawValue: 2)
    static let conversations = Kinds(rawValue: 4)
  }

  private enum Kind: UInt8 { case legacy, record, conversation }

  /// One way through the keys of the server.
  private struct Pass {
    var kind: Kind
    var role: ContextRole
    var pattern: KeyPattern
    var glob: String
    /// In front of the pattern.
    var prefix: [UInt8]
  }

  private static let parts = 64

  private let selection: MigrationSelection
  private var passes: [Pass] = []
  private var files: [Part] = []
  private var next = 0
  /// Keys of this kind are counted where their user is outside the selection.
  private let counted: Kind
  private(set) var count = 0
  private(set) var outside = 0
  /// Keys of the layout whose user is no UTF-8.
  private(set) var unreadable: [[UInt8]] = []

  /// - Throws: `.temporaryFile` where no temporary file can be made.
  init(
    _ layout: Layout, roles: [ContextRole], selection: MigrationSelection, _ kinds: Kinds
  ) throws(MigrationError) {
    self.selection = selection
    counted = kinds.contains(.legacy) ? .legacy : .conversation
    for role in roles {
      guard let layout = layout.roles[role] else { continue }
      for pattern in layout.legacy.keys where kinds.contains(.legacy) {
        passes.append(Pass(kind: .legacy, role: role, pattern: pattern, glob: pattern.wideGlob(), prefix: []))
      }
      if kinds.contains(.records), let pattern = layout.legacy.keys.first {
        let prefix = SyncRecord.prefix
        passes.append(
          Pass(
            kind: .record, role: role, pattern: pattern, glob: prefix + pattern.wideGlob(), prefix: Array(prefix.utf8)))
      }
      if kinds.contains(.conversations) {
        let pattern = layout.unified.key
        passes.append(
          Pass(kind: .conversation, role: role, pattern: pattern, glob: pattern.wideGlob(part: .meta), prefix: []))
      }
    }
    for _ in 0..<Self.parts {
      guard let file = KeyTempFile() else { throw .temporaryFile }
      files.append(Part(file))
    }
  }

  /// Finds all keys; `progress` gets the share of the server's keys that was passed, 0 ... 1.
  mutating func find(
    _ connection: inout RedisConnection, isCancelled: () -> Bool, progress: (Double) -> Void
  ) throws(MigrationError) {
    for (index, pass) in passes.enumerated() {
      var scan = KeyScan(pass.glob)
      while !scan.isAtEnd, !isCancelled() {
        let keys = try failing { () throws(RedisError) in try scan.next(&connection) }
        for key in keys { try take(key, pass) }
        progress((Double(index) + scan.share) / Double(passes.count))
      }
    }
    for part in files where !part.file.rewind() { throw .temporaryFile }
  }

  private mutating func take(_ key: [UInt8], _ pass: Pass) throws(MigrationError) {
    guard let match = pass.pattern.match(Array(key[pass.prefix.count...])) else { return }
    // A key of another layout that looks alike has another part, or no id.
    if pass.kind == .conversation, match.part != .meta || match.id == nil { return }
    guard String(validating: match.user, as: UTF8.self) != nil else {
      unreadable.append(key)
      return
    }
    count += 1
    guard selection.contains(match.user[...]) else {
      if pass.kind == counted { outside += 1 }
      return
    }
    var entry: [UInt8] = [pass.kind.rawValue, pass.role == .client ? 0 : 1]
    if let id = match.id { entry += id.text.utf8 }
    entry += match.user
    guard files[Self.part(of: match.user)].file.add(entry) else { throw .temporaryFile }
  }

  /// FNV-1a.
  private static func part(of user: [UInt8]) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in user { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int(hash >> 26)
  }

  /// The users of the next part, perhaps none; nil: there are no more parts.
  mutating func nextUsers() -> (users: [FoundContext], share: Double)? {
    guard next < files.count else { return nil }
    var places: [Owner: Int] = [:]
    var users: [FoundContext] = []
    while let entry = files[next].file.next() {
      guard entry.count > 2, let kind = Kind(rawValue: entry[0]) else { continue }
      let role = entry[1] == 0 ? ContextRole.client : .admin
      let start = kind == .conversation ? 38 : 2
      let user = Array(entry[start...])
      let place = places[Owner(role: role, user: user)] ?? users.count
      if place == users.count {
        places[Owner(role: role, user: user)] = place
        users.append(FoundContext(role: role, user: user))
      }
      switch kind {
      case .legacy: users[place].hasLegacy = true
      case .record: users[place].hasRecord = true
      case .conversation:
        let id = ConversationID(String(decoding: entry[2..<38], as: UTF8.self))
        // SCAN may have found a key twice.
        if let id, !users[place].ids.contains(id) { users[place].ids.append(id) }
      }
    }
    next += 1
    return (users, Double(next) / Double(files.count))
  }

  private struct Owner: Hashable {
    var role: ContextRole
    var user: [UInt8]
  }

  private final class Part {
    var file: KeyTempFile
    init(_ file: consuming KeyTempFile) { self.file = file }
  }
}
