package import Conversations
internal import Redis

/// Whether the Redis with the contexts is one that the migration can work on.
package enum ServerChecks {
  package static func all(_ place: ContextPlace) -> [Check] {
    [
      Check("Redis") { limit throws(CheckFault) in try server(facts(place, limit), place) },
      Check("Redis memory") { limit throws(CheckFault) in try memory(facts(place, limit)) },
      Check("Redis disk") { limit throws(CheckFault) in try disk(facts(place, limit)) },
    ]
  }

  static func connect(_ place: ContextPlace, _ limit: TimeLimit) throws(CheckFault) -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-preflight", timeoutNanoseconds: limit.atMost(5_000_000_000))
    } catch { throw CheckFault(error, or: "Check the address that --redis or REDIS_URL gives.") }
  }

  static func facts(_ place: ContextPlace, _ limit: TimeLimit) throws(CheckFault) -> ServerFacts {
    var connection = try connect(place, limit)
    return try ServerFacts.read(&connection)
  }

  /// Redis 5 is the first whose scripts may write after they have asked for the time.
  static func server(_ facts: ServerFacts, _ place: ContextPlace) throws(CheckFault) -> Finding {
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

  /// The guide's alarm stands at +50 %: so much room there must be.
  static func memory(_ facts: ServerFacts) throws(CheckFault) -> Finding {
    guard let used = facts.number("used_memory"), let most = facts.number("maxmemory") else {
      return .fail("INFO does not tell the memory", advice: "Check that this is Redis.")
    }
    let policy = facts["maxmemory_policy"] ?? "unknown"
    if most == 0 {
      let machine = facts.number("total_system_memory") ?? 0
      guard machine > 0, used + used / 2 > machine else {
        return .pass("\(Amount.bytes(used)) used, maxmemory is not set")
      }
      return .fail(
        "\(Amount.bytes(used)) used of a machine with \(Amount.bytes(machine))",
        advice: "The migration may need half as much again: give the machine more memory.")
    }
    let text = "\(Amount.bytes(used)) used of \(Amount.bytes(most)), \(policy)"
    guard used + used / 2 <= most else {
      return .fail(
        text,
        advice: "The migration may need half as much again: raise maxmemory to \(Amount.bytes(used * 2)) or more.")
    }
    guard policy == "noeviction" else {
      return .warn(
        text,
        advice: "When memory is full this policy drops contexts, and with allkeys- the flag too. Set noeviction, or "
          + "watch turnout_redis_used_memory_bytes.")
    }
    return .pass(text)
  }

  static func disk(_ facts: ServerFacts) throws(CheckFault) -> Finding {
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
