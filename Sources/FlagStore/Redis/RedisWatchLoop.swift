import Flags
import Glibc
internal import Reactor
internal import Redis

/// What the watcher's thread does: connect, read, wait, read; and again from the start when the connection is lost.
struct RedisWatchLoop: ~Copyable {
  private static let pollNanoseconds: UInt64 = 1_000_000_000
  /// Memory moves slowly, and a scrape comes every 10 s or so.
  private static let measureNanoseconds: UInt64 = 10_000_000_000
  private static let firstPause: UInt64 = 50_000_000
  private static let longestPause: UInt64 = 2_000_000_000
  /// First every proxy decides by what was written, then one adopts it, while nobody waits: with eight proxies on two
  /// cores, those that decided first held up the last by milliseconds (Benchmarks/levers.py). Short, since a value that
  /// is replaced before it was adopted leaves no record.
  private static let adoptionDelay: ClosedRange<UInt64> = 1_000_000...4_000_000

  private let watcher: RedisWatcher
  private let member: @Sendable () -> FleetMember
  /// Becomes readable when it is time to end.
  private let wake: Int32
  private var pause = Self.firstPause
  /// When what others wrote is to be adopted, if there is any.
  private var adoption: UInt64?
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
        wait(nanoseconds: jittered(pause))
        pause = min(pause * 2, Self.longestPause)
      }
    }
  }

  /// Serves until the connection is lost, which throws, or the end.
  private mutating func serve() throws(FlagStoreError) {
    let session = try RedisSession(watcher, kept: nil, member: member)
    do throws(FlagStoreError) { try serve(session) } catch {
      if watcher.isEnding { session.leave() }
      throw error
    }
  }

  private mutating func serve(_ session: RedisSession) throws(FlagStoreError) {
    adoption = nil
    try takeOver(session)
    pause = Self.firstPause
    var nextPoll = MonotonicClock.now() + Self.pollNanoseconds
    var nextMeasure = MonotonicClock.now()
    while true {
      if MonotonicClock.now() >= nextMeasure {
        watcher.flags.note(try session.memory())
        nextMeasure = MonotonicClock.now() + Self.measureNanoseconds
      }
      let isTold = try wait(for: session, until: min(nextPoll, adoption ?? .max))
      if isEnding { return session.leave() }
      let isDue = MonotonicClock.now() >= nextPoll
      let isTouched = isTold ? try session.takeMessages() : false
      if isTouched || isDue { try takeOver(session) }
      if let due = adoption, MonotonicClock.now() >= due {
        adoption = nil
        try session.adopt()
      }
      if isDue {
        nextPoll = MonotonicClock.now() + Self.pollNanoseconds
        watcher.flags.tick()
      }
    }
  }

  private mutating func takeOver(_ session: RedisSession) throws(FlagStoreError) {
    let isFound = try session.takeOver()
    adoption = isFound ? adoption ?? MonotonicClock.now() + .random(in: Self.adoptionDelay) : nil
  }

  /// True when the server has something to say.
  private mutating func wait(for session: RedisSession, until due: UInt64) throws(FlagStoreError) -> Bool {
    let now = MonotonicClock.now()
    var entries = [
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      pollfd(fd: session.toldDescriptor, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&entries, nfds_t(entries.count), due > now ? Int32(clamping: (due - now) / 1_000_000 + 1) : 0)
    isEnding = entries[0].revents != 0
    return entries[1].revents != 0
  }

  private mutating func wait(nanoseconds: UInt64) {
    var entry = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
    isEnding = unsafe poll(&entry, 1, Int32(clamping: nanoseconds / 1_000_000)) > 0
  }

  /// Proxies that lost the same server do not come back in step.
  private func jittered(_ nanoseconds: UInt64) -> UInt64 { .random(in: nanoseconds / 2...nanoseconds * 3 / 2) }
}
