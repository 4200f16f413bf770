internal import Flags
package import Logging
internal import Reactor
internal import Redis
import Synchronization

/// Keeps the flags in force the same as Redis, on a thread of its own with two connections: one that asks, one that is
/// told. The server tells of every change of a key that was read (`CLIENT TRACKING`, Redis 6 and later), whoever made
/// it; our own writers publish besides, and once a second everything is read in any case.
///
///     told, or a second -> read all flags -> take them over -> say so in the register
///     others wrote      -> 1 to 4 ms later, if nobody else has: adopt it, and say so in the register
///     connection lost   -> say so, try again after 50 ms, 100 ms, ... 2 s, each more or less by half
///
/// Nothing waits for this thread, and nothing that it waits for takes longer than a second.
package final class RedisWatcher: FlagWatching {
  let settings: RedisFlagLocation
  let keys: RedisKeys
  let initial: InitialFlags
  let flags: FlagsInForce
  let logger: Logger
  private let thread = Mutex<WatchThread?>(nil)
  private let ending = Atomic<Bool>(false)

  package init(
    _ settings: RedisFlagLocation, initial: InitialFlags = InitialFlags(), into flags: FlagsInForce, logger: Logger
  ) {
    self.settings = settings
    self.initial = initial
    self.flags = flags
    self.logger = logger
    keys = RedisKeys(prefix: settings.keyPrefix)
  }

  /// The member with what it decides by now.
  func present(_ member: FleetMember) -> FleetMember {
    let status = flags.status()
    var member = member
    member.generation = status.generation
    member.isKilledLocally = status.isOverridden
    member.revisions = Dictionary(flags.stored.map { ($0.name, $0.revision) }) { first, _ in first }
    member.heardAt = Timestamp.text(seconds: Timestamp.nowSeconds())
    return member
  }

  var isEnding: Bool { ending.load(ordering: .acquiring) }

  /// Between two calls of Redis: each may take a second.
  func checkEnd() throws(FlagStoreError) {
    if isEnding { throw .unreachable(place: place, reason: "this proxy is ending") }
  }

  var place: String { settings.address.description }

  /// The first read, as generation 1. Redis away or the flag broken: with what was kept, else with the initial values.
  package func begin() throws(FlagStoreError) {
    for problem in initial.problems(flags.names) { logger.warning("\(problem)") }
    let initialFlags = flags.names.map(initial.flag)
    try flags.begin(initial: initialFlags) { kept throws(FlagStoreError) in
      let session = try RedisSession(self, kept: kept, member: nil)
      return try session.read().orThrow()
    }
  }

  package func start(as member: @escaping @Sendable () -> FleetMember) {
    thread.withLock { thread in
      guard thread == nil else { return }
      do throws(SystemError) {
        thread = try WatchThread { wake in RedisWatchLoop(self, as: member, wake: wake).run() }
      } catch {
        logger.critical("cannot watch \(place): \(error); changes will not be seen")
      }
    }
  }

  /// Leaves the register. Waits at most as long as two calls of Redis take.
  package func stop() {
    ending.store(true, ordering: .releasing)
    let running = thread.withLock { thread in
      let running = thread
      thread = nil
      return running
    }
    running?.stop()
  }
}
