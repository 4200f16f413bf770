import FoundationEssentials
internal import Redis

/// The register of the proxies that run. Each writes its own entry, which the server forgets when it is not written
/// anew: a proxy that was killed is in it for at most `expirySeconds` more.
enum FleetRegister {
  static let heartbeatNanoseconds: UInt64 = 1_000_000_000
  static let expirySeconds = 5

  static func entering(_ member: FleetMember, _ keys: RedisKeys) -> [[RedisWord]] {
    [
      ["SET", keys.proxy(member.id), RedisWord(JSONLine.text(of: member)), "EX", RedisWord(expirySeconds)],
      ["SADD", keys.proxies, RedisWord(member.id)],
    ]
  }

  static func leaving(_ id: String, _ keys: RedisKeys) -> [[RedisWord]] {
    [["DEL", keys.proxy(id)], ["SREM", keys.proxies, RedisWord(id)]]
  }

  /// By name. Ids of proxies that are gone are taken out of the set.
  static func members(_ keys: RedisKeys, on connection: inout RedisConnection) throws(RedisError) -> [FleetMember] {
    let ids = try connection.command(["SMEMBERS", keys.proxies]).elements?.compactMap(\.text) ?? []
    guard !ids.isEmpty else { return [] }
    let entries = try connection.command(["MGET"] + ids.map { keys.proxy($0) }).elements ?? []
    let gone = zip(ids, entries).filter { $0.1.isNull }.map { RedisWord($0.0) }
    // Whoever may not write here reads all the same.
    if !gone.isEmpty { _ = try connection.pipeline([["SREM", keys.proxies] + gone]) }
    let members = entries.compactMap { entry in
      entry.value.flatMap { try? JSONDecoder().decode(FleetMember.self, from: Data($0)) }
    }
    return members.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }
}
