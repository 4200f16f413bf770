package import Conversations
internal import Redis

/// Whether the user of the address may do what the migration needs.
///
/// It is tried, not looked up, so that it works with every version and every kind of refusal: one script per kind of key
/// calls each command on a key that nobody has, and removes it. A script is one step: nobody ever sees the key, and a
/// crash leaves nothing.
package enum RightsCheck {
  package static func check(_ place: ContextLocation) -> Check {
    Check("Redis rights") { limit throws(CheckFault) in
      var connection = try ServerChecks.connect(place, limit)
      return try attempt(&connection, place)
    }
  }

  static func attempt(_ connection: inout RedisConnection, _ place: ContextLocation) throws(CheckFault) -> CheckOutcome
  {
    var missing: [String] = []
    do throws(RedisError) {
      // MATCH of nothing: one step of the walk, no key comes back.
      let asked: [[RedisWord]] = [
        ["SCAN", "0", "MATCH", "turnout:contexts:none", "COUNT", "1"], ["INFO", "server"],
        ["MEMORY", "USAGE", "turnout:contexts:none"],
      ]
      let names = ["SCAN", "INFO", "MEMORY USAGE"]
      for (name, reply) in zip(names, try connection.pipeline(asked)) {
        if let text = reply.failure { missing.append("\(name): \(text)") }
      }
      for key in scratchKeys {
        let reply: RedisReply
        do throws(RedisError) { reply = try connection.script(script, keys: [RedisWord(key)]) } catch {
          guard case .refused(let text) = error else { throw error }
          missing.append("\(key): \(text)")
          continue
        }
        missing += (reply.elements ?? []).compactMap(\.text).map { "\(key): \($0)" }
      }
    } catch { throw CheckFault(error) }
    guard let first = missing.first else {
      return .pass("may walk, read, write, expire and remove contexts, and run scripts")
    }
    let more = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
    return .fail("\(first)\(more)", advice: advice(first))
  }

  private static func advice(_ refusal: String) -> String {
    if refusal.contains("OOM ") { return "Raise maxmemory, then try again." }
    if refusal.contains("MISCONF ") {
      return "Redis cannot save and takes no writes: look into its log, make its folder writable, then try again."
    }
    if refusal.contains("READONLY ") { return "This is a replica; use the address of the primary." }
    return "Give the user the rights that docs/redis.md lists under \"A user for the contexts\"."
  }

  /// One of each kind, of a user whom no application has.
  private static let scratchKeys = [
    "chat:customer:turnout preflight", "admin:context:turnout preflight",
    "conversation:client:turnout preflight:current",
    "conversation:admin:turnout preflight:current", "turnout:contexts:preflight",
  ]

  /// What the migration, its way back, the clean-up and the stores call. What is missing comes back, each once.
  private static let script = RedisScript(
    """
    local key, missing = KEYS[1], {}
    local function try(...)
      local reply = redis.pcall(...)
      if type(reply) == 'table' and reply.err then missing[#missing + 1] = ... .. ': ' .. reply.err end
      return reply
    end
    try('TIME')
    try('EXISTS', key)
    try('SET', key, '{}', 'EX', 60)
    try('GET', key)
    try('MGET', key)
    try('STRLEN', key)
    try('TYPE', key)
    try('TTL', key)
    try('PTTL', key)
    try('EXPIRE', key, 60)
    try('PEXPIRE', key, 60000)
    local dump = try('DUMP', key)
    try('DEL', key)
    if type(dump) == 'string' then try('RESTORE', key, 60000, dump) end
    try('UNLINK', key)
    redis.pcall('DEL', key)
    return missing
    """)
}
