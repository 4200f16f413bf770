package import Conversations
internal import Redis
internal import Synchronization

/// The users for whom a run has spoken, so that their keys are removed after it, and nobody else's.
package final class Traces: Sendable {
  private let owners = Mutex<Set<ContextOwner>>([])

  package init() {}

  /// Before the first message of a user who had no context.
  package func add(_ owner: ContextOwner) { owners.withLock { _ = $0.insert(owner) } }

  /// Whether a context of this user is ours.
  package func knows(_ user: String) -> Bool { owners.withLock { $0.contains { $0.user == user } } }

  package var users: Int { owners.withLock { Set($0.map(\.user)).count } }

  /// Removes all keys of these users in both layouts, those of conversations that are no longer current included.
  @discardableResult
  package func remove(from probe: ContextProbe, _ limit: TimeLimit) throws(CheckFault) -> Int {
    let owners = owners.withLock { $0 }
    guard !owners.isEmpty else { return 0 }
    var connection = try probe.connect(limit)
    var keys = owners.map(\.legacyKey)
    for pattern in Set(owners.map(Self.pattern)) {
      keys += try Self.scan(pattern, for: owners, &connection, limit)
    }
    return try Self.unlink(keys, &connection, limit)
  }

  /// The same of one user, without looking through all keys: of the conversations only the current one.
  package static func forget(
    _ owner: ContextOwner, _ probe: ContextProbe, _ limit: TimeLimit
  ) throws(CheckFault) {
    var keys = [owner.legacyKey, owner.currentKey]
    var connection = try probe.connect(limit)
    let current = try ContextProbe.ask([["GET", RedisWord(owner.currentKey)]], &connection, limit)[0]
    if let id = current.text.flatMap({ ConversationID($0) }) {
      keys += ConversationPart.allCases.map { owner.key(of: $0, id) }
    }
    _ = try unlink(keys, &connection, limit)
  }

  private static func unlink(
    _ keys: [String], _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> Int {
    try ContextProbe.ask([["UNLINK"] + keys.map { RedisWord($0) }], &connection, limit)[0].integer ?? 0
  }

  /// Our own users are found in one pass.
  private static func pattern(_ owner: ContextOwner) -> String {
    let name = owner.user.hasPrefix(SmokeUsers.prefix) ? SmokeUsers.prefix + "*" : escaped(owner.user) + ":*"
    return "conversation:*:" + name
  }

  /// For a pattern of Redis (https://redis.io/docs/latest/commands/keys/).
  private static func escaped(_ text: String) -> String {
    text.map { "*?[]\\^-".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  private static func scan(
    _ pattern: String, for owners: Set<ContextOwner>, _ connection: inout RedisConnection, _ limit: TimeLimit
  ) throws(CheckFault) -> [String] {
    var (keys, cursor): ([String], RedisWord) = ([], "0")
    repeat {
      let command: [RedisWord] = ["SCAN", cursor, "MATCH", RedisWord(pattern), "COUNT", 1_000]
      let reply = try ContextProbe.ask([command], &connection, limit)[0]
      guard let elements = reply.elements, elements.count == 2, let next = elements[0].value else { break }
      cursor = RedisWord(next)
      for key in elements[1].elements?.compactMap(\.value) ?? [] {
        switch ContextKey(key) {
        case .current(let owner) where owners.contains(owner), .part(_, let owner, _) where owners.contains(owner):
          keys.append(String(decoding: key, as: UTF8.self))
        default: continue
        }
      }
      if limit.hasPassed {
        throw CheckFault(
          "not all keys could be looked through within \(limit.allowedNanoseconds / 1_000_000_000) s",
          advice: "What is left expires by itself within its TTL.")
      }
    } while cursor.text != "0"
    return keys
  }
}
