package import Conversations
package import Reactor
internal import Redis
internal import Synchronization

/// The users that a run has sent messages for. At its end the run removes their keys, and no others.
package final class TestUsers: Sendable {
  private struct State {
    var owners: Set<ContextOwner> = []
    /// The ids that responses named, in the order in which they were seen.
    var rows: [ContextRole: [ConversationID]] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Call it before the first message of a user without a context.
  package func add(_ owner: ContextOwner) { state.withLock { _ = $0.owners.insert(owner) } }

  /// Notes a conversation that a response to a test user named: a row of the application's database.
  func add(row id: ConversationID, of role: ContextRole) {
    state.withLock { if $0.rows[role]?.contains(id) != true { $0.rows[role, default: []].append(id) } }
  }

  func rows(of role: ContextRole) -> [ConversationID] { state.withLock { $0.rows[role] ?? [] } }

  /// Whether this run created the contexts of this user.
  package func contains(_ user: String) -> Bool { state.withLock { $0.owners.contains { $0.user == user } } }

  package var count: Int { state.withLock { Set($0.owners.map(\.user)).count } }

  /// Removes all keys of these users in every pattern of the layout, including conversations that are no longer current.
  /// Returns how many.
  @discardableResult
  package func removeKeys(from probe: ContextProbe, _ deadline: Deadline) throws(CheckError) -> Int {
    let owners = state.withLock { $0.owners }
    var removed = 0
    for role in probe.roles {
      let users = Set(owners.filter { $0.role == role }.map(\.user))
      if !users.isEmpty { removed += try Self.removeKeys(of: users, role, from: probe, isThorough: true, deadline) }
    }
    return removed
  }

  /// Removes the keys of one user; where a key names the current conversation, without a scan for others.
  package static func removeKeys(
    of owner: ContextOwner, from probe: ContextProbe, _ deadline: Deadline
  ) throws(CheckError) {
    _ = try removeKeys(of: [owner.user], owner.role, from: probe, isThorough: false, deadline)
  }

  private static func removeKeys(
    of users: Set<String>, _ role: ContextRole, from probe: ContextProbe, isThorough: Bool, _ deadline: Deadline
  ) throws(CheckError) -> Int {
    let layout = try probe.layout(of: role)
    var connection = try probe.connect(deadline)
    let legacy = users.flatMap { user in layout.legacy.keys.map { $0.name(user) } }
    let pointers = users.compactMap { layout.unified.pointer?.name($0) }
    var keys = (legacy + legacy.map { SyncRecord.prefix + $0 } + pointers).map { RedisWord($0) }
    if isThorough || layout.unified.pointer == nil {
      let names = Set(users.map { Array($0.utf8) })
      for user in patterns(users) {
        let found = try ContextProbe.scan(layout.unified.key.glob(user: user), &connection, deadline)
        keys += found.filter { key in layout.unified.key.match(key).map { names.contains($0.user) } ?? false }
          .map { RedisWord($0) }
      }
    } else {
      for reply in try ContextProbe.ask(pointers.map { ["GET", RedisWord($0)] }, &connection, deadline) {
        guard let id = reply.text.flatMap({ ConversationID($0) }), let user = users.first else { continue }
        keys += ConversationPart.allCases.map { RedisWord(layout.unified.key.name(user, id: id, part: $0)) }
      }
    }
    return try ContextProbe.ask([["UNLINK"] + keys], &connection, deadline)[0].integer ?? 0
  }

  /// Patterns of Redis for these users: one for all the standard ones.
  private static func patterns(_ users: Set<String>) -> [String] {
    let named = users.filter { !$0.hasPrefix(SmokeUsers.prefix) }
    return named.map(KeyPattern.escaped) + (named.count < users.count ? [SmokeUsers.prefix + "*"] : [])
  }
}
