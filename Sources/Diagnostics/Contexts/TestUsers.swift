package import Conversations
package import Reactor
internal import Redis
internal import Synchronization

/// The users that a run has sent messages for. At its end the run removes their keys, and no others.
package final class TestUsers: Sendable {
  private let owners = Mutex<Set<ContextOwner>>([])

  package init() {}

  /// Call it before the first message of a user without a context.
  package func add(_ owner: ContextOwner) { owners.withLock { _ = $0.insert(owner) } }

  /// Whether this run created the contexts of this user.
  package func contains(_ user: String) -> Bool { owners.withLock { $0.contains { $0.user == user } } }

  package var count: Int { owners.withLock { Set($0.map(\.user)).count } }

  /// Removes all keys of these users in both layouts, including conversations that are no longer current. Returns how
  /// many.
  @discardableResult
  package func removeKeys(from probe: ContextProbe, _ deadline: Deadline) throws(CheckError) -> Int {
    let owners = owners.withLock { $0 }
    guard !owners.isEmpty else { return 0 }
    var connection = try probe.connect(deadline)
    var keys = owners.map(\.legacyKey)
    for pattern in Set(owners.map(Self.pattern)) {
      keys += try Self.scan(pattern, for: owners, &connection, deadline)
    }
    return try Self.unlink(keys, &connection, deadline)
  }

  /// Removes the keys of one user without a scan: of the conversations only the current one.
  package static func removeKeys(
    of owner: ContextOwner, from probe: ContextProbe, _ deadline: Deadline
  ) throws(CheckError) {
    var keys = [owner.legacyKey, owner.currentKey]
    var connection = try probe.connect(deadline)
    let current = try ContextProbe.ask([["GET", RedisWord(owner.currentKey)]], &connection, deadline)[0]
    if let id = current.text.flatMap({ ConversationID($0) }) {
      keys += ConversationPart.allCases.map { owner.key(of: $0, id) }
    }
    _ = try unlink(keys, &connection, deadline)
  }

  private static func unlink(
    _ keys: [String], _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> Int {
    try ContextProbe.ask([["UNLINK"] + keys.map { RedisWord($0) }], &connection, deadline)[0].integer ?? 0
  }

  /// One pattern covers all the default users.
  private static func pattern(_ owner: ContextOwner) -> String {
    let name = owner.user.hasPrefix(SmokeUsers.prefix) ? SmokeUsers.prefix + "*" : escaped(owner.user) + ":*"
    return "conversation:*:" + name
  }

  /// Escapes what has a meaning in a Redis pattern (https://redis.io/docs/latest/commands/keys/).
  private static func escaped(_ text: String) -> String {
    text.map { "*?[]\\^-".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  private static func scan(
    _ pattern: String, for owners: Set<ContextOwner>, _ connection: inout RedisConnection, _ deadline: Deadline
  ) throws(CheckError) -> [String] {
    var (keys, cursor): ([String], RedisWord) = ([], "0")
    repeat {
      let command: [RedisWord] = ["SCAN", cursor, "MATCH", RedisWord(pattern), "COUNT", 1_000]
      let reply = try ContextProbe.ask([command], &connection, deadline)[0]
      guard let elements = reply.elements, elements.count == 2, let next = elements[0].value else { break }
      cursor = RedisWord(next)
      for key in elements[1].elements?.compactMap(\.value) ?? [] {
        switch ContextKey(key) {
        case .current(let owner) where owners.contains(owner), .part(_, let owner, _) where owners.contains(owner):
          keys.append(String(decoding: key, as: UTF8.self))
        default: continue
        }
      }
      if deadline.hasPassed {
        throw CheckError(
          "the scan for test keys did not finish in time", advice: "The remaining keys expire after their TTL.")
      }
    } while cursor.text != "0"
    return keys
  }
}
