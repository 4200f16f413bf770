import FoundationEssentials
internal import JSON
internal import Redis

/// A running proxy, as it registers itself in the store.
package struct FleetMember: Codable, Sendable, Equatable {
  /// Unique to the process.
  package var id: String
  /// As configured; by default the host name.
  package var name: String
  package var version: String
  package var pid: Int
  /// The address of its admin port: the configured host, the actual port.
  package var admin: String
  package var generation: UInt64
  /// The revisions of the stored flags that it decides by.
  package var revisions: [String: Int]
  /// Whether its local kill outranks the store.
  package var isKilledLocally: Bool
  package var draining: Bool
  /// RFC 3339, by its own clock.
  package var heardAt: String
  /// The id of its windows in the store, the same after a restart; nil: it shares none.
  package var windows: String?
  /// True if its entry expired without a sign-off, so that its present state is unknown.
  package var isSilent: Bool?

  /// For a process that starts; the flags that it decides by are filled in later.
  package init(id: String, name: String, version: String, pid: Int, admin: String) {
    self.id = id
    self.name = name
    self.version = version
    self.pid = pid
    self.admin = admin
    generation = 0
    revisions = [:]
    isKilledLocally = false
    draining = false
    heardAt = ""
  }

  var fallenSilent: FleetMember {
    var member = self
    member.isSilent = true
    return member
  }

  enum CodingKeys: String, CodingKey {
    case id, name, version, pid, admin, generation, revisions, draining, windows
    case isKilledLocally = "killed_locally"
    case heardAt = "heard_at"
    case isSilent = "silent"
  }
}

/// The register of running proxies. Each proxy writes its own entry, which expires unless it is renewed, and a copy with a
/// longer expiry. An expired entry with a copy is a silent proxy: it crashed, hangs, or lost the store and still serves by
/// its last good flags.
enum FleetRegister {
  static let expirySeconds = 5
  /// How long a silent proxy is listed.
  static let memorySeconds = 600

  static func registration(_ member: FleetMember, _ keys: RedisKeys) -> [[RedisWord]] {
    let entry = RedisWord(JSONText.line(member))
    return [
      ["SET", keys.proxy(member.id), entry, "EX", RedisWord(expirySeconds)],
      ["SET", keys.lastOfProxy(member.id), entry, "EX", RedisWord(memorySeconds)],
      ["SADD", keys.proxies, RedisWord(member.id)],
    ]
  }

  static func removal(_ id: String, _ keys: RedisKeys) -> [[RedisWord]] {
    [["DEL", keys.proxy(id), keys.lastOfProxy(id)], ["SREM", keys.proxies, RedisWord(id)]]
  }

  /// Sorted by name. Entries of proxies that were restarted or are silent for too long are removed.
  static func members(_ keys: RedisKeys, on connection: inout RedisConnection) throws(RedisError) -> [FleetMember] {
    let ids = try connection.command(["SMEMBERS", keys.proxies]).elements?.compactMap(\.text) ?? []
    guard !ids.isEmpty else { return [] }
    let wanted = ids.map { keys.proxy($0) } + ids.map { keys.lastOfProxy($0) }
    let entries = try connection.command(["MGET"] + wanted).elements ?? []
    guard entries.count == wanted.count else { return [] }
    let live = entries[..<ids.count].compactMap(member)
    var (silent, gone): ([FleetMember], [String]) = ([], [])
    for (index, id) in ids.enumerated() where entries[index].isNull {
      if let one = member(entries[ids.count + index]), isMissed(one, live) {
        silent.append(one.fallenSilent)
      } else {
        gone.append(id)
      }
    }
    // A user without the right to write can still read.
    if !gone.isEmpty { _ = try connection.pipeline(gone.flatMap { removal($0, keys) }) }
    return (live + silent).sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  private static func member(_ entry: RedisReply) -> FleetMember? {
    entry.value.flatMap { try? JSONDecoder().decode(FleetMember.self, from: Data($0)) }
  }

  /// Whether a silent proxy neither was draining nor was restarted at the same address.
  private static func isMissed(_ silent: FleetMember, _ live: [FleetMember]) -> Bool {
    !silent.draining && !live.contains { ($0.name, $0.admin) == (silent.name, silent.admin) }
  }
}
