import FoundationEssentials
internal import JSON
internal import Redis

/// The register of the proxies that run. Each writes its own entry, which the server forgets when it is not written
/// anew, and a copy that it keeps for longer. An entry that is gone while its copy is there is a proxy that went silent
/// without a word: it has crashed, it hangs, or it is cut off from the store and still serves by what it knew.
enum FleetRegister {
  static let heartbeatNanoseconds: UInt64 = 1_000_000_000
  static let expirySeconds = 5
  /// For how long a silent proxy is remembered.
  static let memorySeconds = 600

  static func entering(_ member: FleetMember, _ keys: RedisKeys) -> [[RedisWord]] {
    let entry = RedisWord(JSONText.line(member))
    return [
      ["SET", keys.proxy(member.id), entry, "EX", RedisWord(expirySeconds)],
      ["SET", keys.lastOfProxy(member.id), entry, "EX", RedisWord(memorySeconds)],
      ["SADD", keys.proxies, RedisWord(member.id)],
    ]
  }

  static func leaving(_ id: String, _ keys: RedisKeys) -> [[RedisWord]] {
    [["DEL", keys.proxy(id), keys.lastOfProxy(id)], ["SREM", keys.proxies, RedisWord(id)]]
  }

  /// By name. What is left of proxies that were started anew in their place, or of which too much time has passed, is
  /// removed.
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
    // Whoever may not write here reads all the same.
    if !gone.isEmpty { _ = try connection.pipeline(gone.flatMap { leaving($0, keys) }) }
    return (live + silent).sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  private static func member(_ entry: RedisReply) -> FleetMember? {
    entry.value.flatMap { try? JSONDecoder().decode(FleetMember.self, from: Data($0)) }
  }

  /// Whether a silent one neither was about to end nor was started anew in its place.
  private static func isMissed(_ silent: FleetMember, _ live: [FleetMember]) -> Bool {
    !silent.draining && !live.contains { ($0.name, $0.admin) == (silent.name, silent.admin) }
  }
}
