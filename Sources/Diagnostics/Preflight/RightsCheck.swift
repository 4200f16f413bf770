package import Conversations
internal import Redis

/// Whether the Redis user has the permissions that the migration needs.
///
/// It tries the commands instead of reading the ACL, which works with every version and kind of refusal: one script per
/// kind of key calls each command on a key that nobody uses, and removes it. A script is atomic: no client sees the key,
/// and a crash leaves nothing behind.
package enum RightsCheck {
  package static func check(_ location: ContextLocation) -> DiagnosticCheck {
    DiagnosticCheck("Redis rights") { deadline throws(CheckError) in
      var connection = try ServerChecks.connect(location, deadline)
      return try attempt(&connection)
    }
  }

  static func attempt(_ connection: inout RedisConnection) throws(CheckError) -> CheckOutcome {
    var missing: [String] = []
    do throws(RedisError) {
      // A pattern that matches nothing: one step of the scan, no keys in the reply.
      let commands: [[RedisWord]] = [
        ["SCAN", "0", "MATCH", "turnout:contexts:none", "COUNT", "1"], ["INFO", "server"],
        ["MEMORY", "USAGE", "turnout:contexts:none"],
      ]
      let names = ["SCAN", "INFO", "MEMORY USAGE"]
      for (name, reply) in zip(names, try connection.pipeline(commands)) {
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
    } catch { throw CheckError(error) }
    guard let first = missing.first else {
      return .pass("may scan, read, write, expire and remove contexts, and run scripts")
    }
    let more = missing.count > 1 ? " (and \(missing.count - 1) more)" : ""
    return .fail("\(first)\(more)", advice: advice(first))
  }

  private static func advice(_ refusal: String) -> String {
    if refusal.contains("OOM ") { return "Raise maxmemory, then try again." }
    if refusal.contains("MISCONF ") {
      return "Redis cannot save and refuses writes: see its log, make its folder writable, then try again."
    }
    if refusal.contains("READONLY ") { return "This is a replica: give the address of the primary." }
    return "Grant the user the permissions listed in docs/redis.md under \"A user for the contexts\"."
  }

  /// One key of each kind, of a user that no application has.
  private static let scratchKeys = [
    "chat:customer:turnout preflight", "admin:context:turnout preflight",
    "conversation:client:turnout preflight:current",
    "conversation:admin:turnout preflight:current", "turnout:contexts:preflight",
  ]

  /// The commands of the migration, the reverse migration, the clean-up and the stores. Returns those that were refused.
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
