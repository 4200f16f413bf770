internal import Bytes
package import Conversations
internal import Reactor
internal import Redis
internal import Synchronization

/// Whether the migration can work on the Redis of the contexts.
package enum ServerChecks {
  /// - Parameter scanTimeout: for the scan of the keys.
  package static func all(_ shared: SharedContextsState, scanTimeout: Duration) -> [DiagnosticCheck] {
    let location = shared.location
    return [
      DiagnosticCheck("Redis") { deadline throws(CheckError) in try server(info(location, deadline), location) },
      DiagnosticCheck("Redis memory", timeout: scanTimeout) { deadline throws(CheckError) in
        let info = try Self.info(location, deadline)
        // A refused scan is reported by the check of the permissions.
        return try memory(info, (try? shared.state(deadline)).flatMap { MemoryEstimate($0) })
      },
      DiagnosticCheck("Redis disk") { deadline throws(CheckError) in try disk(info(location, deadline)) },
    ]
  }

  static func connect(_ location: ContextLocation, _ deadline: Deadline) throws(CheckError) -> RedisConnection {
    do throws(RedisError) {
      return try location.connect(
        as: "turnout-preflight", timeoutNanoseconds: deadline.atMost(.seconds(5)).remaining.nanoseconds)
    } catch { throw CheckError(error, or: "Check the address that --redis or REDIS_URL gives.") }
  }

  static func info(_ location: ContextLocation, _ deadline: Deadline) throws(CheckError) -> RedisInfo {
    var connection = try connect(location, deadline)
    return try info(&connection)
  }

  static func info(_ connection: inout RedisConnection) throws(CheckError) -> RedisInfo {
    do throws(RedisError) { return try RedisInfo.read(&connection) } catch {
      throw CheckError(error, or: "Allow the user INFO with ACL SETUSER ... +info.")
    }
  }

  /// Redis 5 is the first version whose scripts may write after calling TIME.
  static func server(_ info: RedisInfo, _ location: ContextLocation) throws(CheckError) -> CheckOutcome {
    let version = info["redis_version"] ?? "unknown"
    guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 5 else {
      return .fail("\(location): version \(version)", advice: "Use Redis 5 or later.")
    }
    guard info["redis_mode"] != "cluster" else {
      return .fail("\(location): Redis Cluster", advice: "It is not supported; use a single server.")
    }
    guard info["role"] == "master" else {
      let primary = "\(info["master_host"] ?? "?"):\(info["master_port"] ?? "?")"
      return .fail("\(location) is a replica", advice: "Give the address of the primary, \(primary), with --redis.")
    }
    guard !info.isSet("loading") else {
      return .fail("\(location) is loading its data", advice: "Wait until it has finished, then try again.")
    }
    return .pass("\(location): version \(version), primary")
  }

  /// - Parameter estimate: the memory that a migration adds; nil: unknown.
  static func memory(_ info: RedisInfo, _ estimate: MemoryEstimate?) throws(CheckError) -> CheckOutcome {
    guard let used = info.number("used_memory"), let most = info.number("maxmemory") else {
      return .fail("INFO does not report the memory", advice: "Check that this is Redis.")
    }
    let estimate = estimate ?? MemoryEstimate(used: used)
    let need = used + estimate.bytes
    if most == 0 {
      let machine = info.number("total_system_memory") ?? 0
      guard machine > 0, need > machine else {
        return .pass("\(NumberText.bytes(used)) used, maxmemory is not set; \(estimate.text)")
      }
      return .fail(
        "\(NumberText.bytes(used)) used of a machine with \(NumberText.bytes(machine)); \(estimate.text)",
        advice: "Give the machine more memory, \(inParts)")
    }
    let policy = info["maxmemory_policy"] ?? "unknown"
    let text = "\(NumberText.bytes(used)) used of \(NumberText.bytes(most)), \(policy); \(estimate.text)"
    guard policy == "noeviction" else {
      let short =
        need > most ? "There is too little room: raise maxmemory to \(NumberText.bytes(need)) or more, \(inParts) " : ""
      return .warn(
        text,
        advice: "\(short)When memory is full, this policy evicts contexts, and an allkeys- policy the flag too. Set "
          + "noeviction, or watch turnout_redis_used_memory_bytes.")
    }
    guard need <= most else {
      return .fail(text, advice: "Raise maxmemory to \(NumberText.bytes(need)) or more, \(inParts)")
    }
    return .pass(text)
  }

  private static let inParts =
    "or migrate in stages (turnout migrate --stage) and keep migrated legacy keys for a shorter time (--keep-legacy)."

  static func disk(_ info: RedisInfo) throws(CheckError) -> CheckOutcome {
    let appends = info.isSet("aof_enabled")
    if appends, info["aof_last_write_status"] == "err" {
      return .fail("the append-only file cannot be written", advice: "See the log of Redis; is the disk full?")
    }
    if info["rdb_last_bgsave_status"] == "err" {
      return .fail("the last save failed", advice: "See the log of Redis: is its folder writable, the disk full?")
    }
    let changes = info.number("rdb_changes_since_last_save") ?? 0
    if appends { return .pass("append-only file") }
    return .warn(
      "no append-only file; \(NumberText.count(changes)) changes since the last save",
      advice: "If Redis crashes, everything since the last save is lost. Set appendonly yes to prevent that.")
  }
}

/// How much memory a full migration adds, since it keeps both layouts for a while.
///
/// A conversation is four keys, each with its own overhead. Measured: 2,000 contexts with 0 to 10 messages, 650 bytes each
/// on average, added 2.6 times their own size. Large contexts add less, those whose messages come from a table add more.
struct MemoryEstimate: Equatable {
  static let factor = 2.5

  /// Bytes.
  var bytes: Int
  /// How it was calculated, for people.
  var text: String

  /// Nil where the size of a key is not known.
  init?(_ state: ContextsState) {
    let kinds: [ContextKeyKind] = [.legacyCustomer, .legacyAdmin]
    let keys = kinds.reduce(0) { $0 + state.keys($1) }
    var legacy = 0
    for kind in kinds {
      guard let bytes = state.bytes(kind) else { return nil }
      legacy += bytes
    }
    bytes = Int(Double(legacy) * Self.factor)
    text =
      keys == 0
      ? "no legacy contexts to migrate"
      : "a full migration adds about \(NumberText.bytes(bytes)) (\(NumberText.count(keys)) legacy keys x "
        + "\(NumberText.bytes(legacy / keys)) x \(NumberText.fixed(Self.factor, 1)))"
  }

  /// Without knowledge of the contexts: the guide's alarm is at +50 %.
  init(used: Int) {
    bytes = used / 2
    text = "the size of the contexts is unknown, so 50 % more is assumed"
  }
}

/// One scan of the keys for all checks of a preflight that need it: the memory that a migration adds, and the baseline.
package final class SharedContextsState: Sendable {
  package let location: ContextLocation
  private let layout: Layout
  /// Keys per second; nil: unlimited.
  private let rate: Int?
  private let found = Mutex<ContextsState?>(nil)

  package init(_ location: ContextLocation, _ layout: Layout, rate: Int? = nil) {
    self.location = location
    self.layout = layout
    self.rate = rate
  }

  /// The first caller scans. After an error the next caller tries again.
  func state(_ deadline: Deadline) throws(CheckError) -> ContextsState {
    if let state = found.withLock({ $0 }) { return state }
    let state = try ContextsState.read(location, layout, rate: rate, deadline).state
    found.withLock { $0 = state }
    return state
  }
}
