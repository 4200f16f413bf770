internal import Conversations
internal import Redis

/// Whether the Redis with the contexts is one that the migration can work on.
package enum ServerChecks {
  /// - Parameter walkLimitNanoseconds: for the walk over the keys.
  package static func all(_ walk: KeyWalk, walkLimitNanoseconds: UInt64) -> [Check] {
    let place = walk.place
    return [
      Check("Redis") { limit throws(CheckFault) in try server(facts(place, limit), place) },
      Check("Redis memory", limitNanoseconds: walkLimitNanoseconds) { limit throws(CheckFault) in
        let facts = try facts(place, limit)
        // Who may not walk is told so by the check of the rights.
        return try memory(facts, (try? walk.state(limit)).flatMap { MigrationRoom($0) })
      },
      Check("Redis disk") { limit throws(CheckFault) in try disk(facts(place, limit)) },
    ]
  }

  static func connect(_ place: ContextLocation, _ limit: TimeLimit) throws(CheckFault) -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-preflight", timeoutNanoseconds: limit.atMost(5_000_000_000))
    } catch { throw CheckFault(error, or: "Check the address that --redis or REDIS_URL gives.") }
  }

  static func facts(_ place: ContextLocation, _ limit: TimeLimit) throws(CheckFault) -> ServerFacts {
    var connection = try connect(place, limit)
    return try ServerFacts.read(&connection)
  }

  /// Redis 5 is the first whose scripts may write after they have asked for the time.
  static func server(_ facts: ServerFacts, _ place: ContextLocation) throws(CheckFault) -> CheckOutcome {
    let version = facts["redis_version"] ?? "unknown"
    guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 5 else {
      return .fail("\(place): version \(version)", advice: "Use Redis 5 or later.")
    }
    guard facts["redis_mode"] != "cluster" else {
      return .fail("\(place): Redis Cluster", advice: "It is not supported; use a single server.")
    }
    guard facts["role"] == "master" else {
      let primary = "\(facts["master_host"] ?? "?"):\(facts["master_port"] ?? "?")"
      return .fail("\(place) is a replica", advice: "Give the address of the primary, \(primary), with --redis.")
    }
    guard !facts.isSet("loading") else {
      return .fail("\(place) is reading its data", advice: "Wait until it has read them, and try again.")
    }
    return .pass("\(place): version \(version), primary")
  }

  /// - Parameter room: what a migration takes besides; nil: not known.
  static func memory(_ facts: ServerFacts, _ room: MigrationRoom?) throws(CheckFault) -> CheckOutcome {
    guard let used = facts.number("used_memory"), let most = facts.number("maxmemory") else {
      return .fail("INFO does not tell the memory", advice: "Check that this is Redis.")
    }
    let room = room ?? MigrationRoom(used: used)
    let need = used + room.bytes
    if most == 0 {
      let machine = facts.number("total_system_memory") ?? 0
      guard machine > 0, need > machine else {
        return .pass("\(Amount.bytes(used)) used, maxmemory is not set; \(room.text)")
      }
      return .fail(
        "\(Amount.bytes(used)) used of a machine with \(Amount.bytes(machine)); \(room.text)",
        advice: "Give the machine more memory, \(inParts)")
    }
    let policy = facts["maxmemory_policy"] ?? "unknown"
    let text = "\(Amount.bytes(used)) used of \(Amount.bytes(most)), \(policy); \(room.text)"
    guard policy == "noeviction" else {
      let short =
        need > most ? "There is too little room: raise maxmemory to \(Amount.bytes(need)) or more, \(inParts) " : ""
      return .warn(
        text,
        advice: "\(short)When memory is full this policy drops contexts, and with allkeys- the flag too. Set "
          + "noeviction, or watch turnout_redis_used_memory_bytes.")
    }
    guard need <= most else {
      return .fail(text, advice: "Raise maxmemory to \(Amount.bytes(need)) or more, \(inParts)")
    }
    return .pass(text)
  }

  private static let inParts =
    "or migrate in parts (turnout migrate --stage) and keep what was migrated for a shorter time (--keep-legacy)."

  static func disk(_ facts: ServerFacts) throws(CheckFault) -> CheckOutcome {
    let appends = facts.isSet("aof_enabled")
    if appends, facts["aof_last_write_status"] == "err" {
      return .fail("the append-only file cannot be written", advice: "Look into the log of Redis; is the disk full?")
    }
    if facts["rdb_last_bgsave_status"] == "err" {
      return .fail("the last save failed", advice: "Look into the log of Redis: is its folder writable, the disk full?")
    }
    let changes = facts.number("rdb_changes_since_last_save") ?? 0
    if appends { return .pass("append-only file") }
    return .warn(
      "no append-only file; \(Amount.count(changes)) changes since the last save",
      advice: "What was written since the last save is lost when Redis crashes. With appendonly yes it is not.")
  }
}
