import Flags
import Glibc
package import Logging
internal import Reactor
internal import Redis
import Synchronization

/// Keeps the flags in force equal to Redis, on a thread of its own with two connections: one for commands, one for
/// notifications. The server reports every change of a key that was read, whoever made it (`CLIENT TRACKING`, Redis 6 and
/// later); our own writers publish a message, too, and everything is read once a second in any case.
///
///     notification or second -> read all flags -> publish -> update the register
///     a foreign change       -> after 1 to 4 ms, unless another proxy was first: adopt it, update the register
///     connection lost        -> log it, reconnect after 50 ms, 100 ms, ... 2 s, each varied by half
///
/// Nothing waits for this thread, and each of its own waits takes at most a second.
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

  /// The member with the state that it decides by now.
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

  /// Between two calls of Redis, since each may take a second.
  func checkEnd() throws(FlagStoreError) {
    if isEnding { throw .unreachable(place: place, reason: "this proxy is ending") }
  }

  var place: String { settings.address.description }

  /// The first read, as generation 1. If Redis is away or a flag is invalid: the saved flags, else the initial values.
  package func begin() throws(FlagStoreError) {
    for problem in initial.problems(flags.names) { logger.warning("\(problem)") }
    let initialFlags = flags.names.map(initial.flag)
    try flags.begin(initial: initialFlags) { saved throws(FlagStoreError) in
      let session = try RedisSession(self, saved: saved, member: nil)
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

  /// Leaves the register. It takes at most two calls of Redis.
  package func stop() {
    ending.store(true, ordering: .releasing)
    thread.withLock { $0.take() }?.stop()
  }
}

/// The watcher's thread: connect, read, wait, read; from the start when the connection is lost.
struct RedisWatchLoop: ~Copyable {
  private static let pollInterval = Duration.seconds(1)
  /// Memory changes slowly, and Prometheus scrapes about every 10 s.
  private static let measureInterval = Duration.seconds(10)
  private static let firstPause = Duration.milliseconds(50)
  private static let longestPause = Duration.seconds(2)
  /// Every proxy first decides by a foreign change; then one adopts it. With eight proxies on two cores, adopting at once
  /// delayed the last proxy by milliseconds (Benchmarks/levers.py). The delay is short, because a value that is replaced
  /// before its adoption leaves no record.
  private static let adoptionDelay = 1_000...4_000  // microseconds

  private let watcher: RedisWatcher
  private let member: @Sendable () -> FleetMember
  /// Becomes readable when the thread is to end.
  private let wake: Int32
  private var pause = Self.firstPause
  /// When a foreign change is to be adopted, if there is one.
  private var adoption: Deadline?
  private var isEnding = false

  init(_ watcher: RedisWatcher, as member: @escaping @Sendable () -> FleetMember, wake: Int32) {
    self.watcher = watcher
    self.member = member
    self.wake = wake
  }

  consuming func run() {
    while !isEnding {
      do throws(FlagStoreError) { try serve() } catch {
        if watcher.isEnding { return }
        watcher.flags.note(nil)
        watcher.flags.reject(error)
        watcher.flags.tick()
        wait(Deadline(after: jittered(pause)))
        pause = min(pause * 2, Self.longestPause)
      }
    }
  }

  /// Serves until the connection is lost, which throws, or the end.
  private mutating func serve() throws(FlagStoreError) {
    let session = try RedisSession(watcher, saved: nil, member: member)
    do throws(FlagStoreError) { try serve(session) } catch {
      if watcher.isEnding { session.leave() }
      throw error
    }
  }

  private mutating func serve(_ session: RedisSession) throws(FlagStoreError) {
    adoption = nil
    try takeOver(session)
    pause = Self.firstPause
    var nextPoll = Deadline(after: Self.pollInterval)
    var nextMeasure = Deadline(nanoseconds: 0)
    while true {
      if nextMeasure.hasPassed {
        watcher.flags.note(try session.memory())
        nextMeasure = Deadline(after: Self.measureInterval)
      }
      let isNotified = wait(for: session, until: min(nextPoll, adoption ?? .never))
      if isEnding { return session.leave() }
      let isDue = nextPoll.hasPassed
      let isTouched = isNotified ? try session.takeMessages() : false
      if isTouched || isDue { try takeOver(session) }
      if adoption?.hasPassed == true {
        adoption = nil
        try session.adopt()
      }
      if isDue {
        nextPoll = Deadline(after: Self.pollInterval)
        watcher.flags.tick()
      }
    }
  }

  private mutating func takeOver(_ session: RedisSession) throws(FlagStoreError) {
    let isFound = try session.takeOver()
    adoption =
      isFound ? adoption ?? Deadline(after: .microseconds(Int.random(in: Self.adoptionDelay))) : nil
  }

  /// True when the server has sent something.
  private mutating func wait(for session: RedisSession, until due: Deadline) -> Bool {
    var entries = [
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      pollfd(fd: session.notificationDescriptor, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&entries, nfds_t(entries.count), due.pollMilliseconds)
    isEnding = entries[0].revents != 0
    return entries[1].revents != 0
  }

  private mutating func wait(_ due: Deadline) { isEnding = due.wait(for: POLLIN, on: wake) }

  /// So that proxies that lost the same server do not reconnect in step.
  private func jittered(_ pause: Duration) -> Duration { pause * Double.random(in: 0.5...1.5) }
}
