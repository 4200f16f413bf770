package import Logging
package import Reactor
internal import Redis
import Synchronization

/// Monitors the Redis of the contexts, on a thread and a connection of its own: its memory and number of keys every 15
/// seconds, and the number of context keys of each kind at a longer interval.
///
/// It only reads. If Redis is slow or unreachable, only this thread waits, at most a second per call. The last counts
/// stay, with the time when they were taken.
package final class ContextMonitor: Sendable {
  private let location: ContextLocation
  private let kinds: KeyKinds
  private let interval: Duration?
  private let logger: Logger
  private let loop = Mutex<BackgroundLoop?>(nil)
  private let known = Mutex(ContextMetrics())

  /// - Parameter interval: from one count of the keys to the next; nil: they are not counted.
  package init(_ location: ContextLocation, _ layout: Layout, countEvery interval: Duration?, logger: Logger) {
    self.location = location
    kinds = KeyKinds(layout)
    self.interval = interval
    self.logger = logger
  }

  package var metrics: ContextMetrics { known.withLock { $0 } }

  package func start() throws(SystemError) {
    let (location, kinds, interval, logger) = (location, kinds, interval, logger)
    let loop = try BackgroundLoop(
      name: "contexts", priority: .background,
      state: {
        let schedule = MonitorSchedule(countEvery: interval?.nanoseconds, at: MonotonicClock.now())
        return MonitorSession(location, kinds, schedule, logger: logger)
      }, turn: { [self] (session: inout MonitorSession) in turn(&session) })
    self.loop.withLock { $0 = loop }
  }

  /// Waits for a call in progress.
  package func stop() {
    let loop = loop.withLock { $0.take() }
    loop?.stop()
    loop?.join()
  }

  private func turn(_ session: inout MonitorSession) -> Deadline {
    switch session.schedule.turn(at: MonotonicClock.now()) {
    case .sample: session.sample()
    case .step: session.step()
    case .wait(let nanoseconds): return Deadline(after: .nanoseconds(clamping: nanoseconds))
    }
    let metrics = session.metrics
    known.withLock { $0 = metrics }
    return Deadline(nanoseconds: 0)
  }
}

/// What is known about the Redis of the contexts.
package struct ContextMetrics: Sendable, Equatable {
  /// The context keys in the last complete scan.
  package struct Counted: Sendable, Equatable {
    /// By kind; kinds without keys are missing.
    package var keys: [ContextKeyKind: UInt64]
    /// When the scan ended, in seconds since 1970.
    package var atSeconds: Int
    /// From a sample of them; nil: Redis refuses to show values.
    package var activity: ContextActivity?

    package init(keys: [ContextKeyKind: UInt64], atSeconds: Int) {
      self.keys = keys
      self.atSeconds = atSeconds
    }
  }

  /// Whether the last call succeeded.
  package var isUp = false
  /// `nil` means the server is unreachable or refuses INFO.
  package var usedMemoryBytes: UInt64?
  /// All keys of the database, of any kind; nil: the server is unreachable or refuses INFO.
  package var keys: UInt64?
  /// Stays while the server is unreachable; nil: no scan has ended yet.
  package var counted: Counted?

  package init() {}
}

/// The state of the monitor's thread: queries Redis and keeps the results. `MonitorSchedule` decides when, `KeyCount` counts.
struct MonitorSession: ~Copyable {
  private(set) var metrics = ContextMetrics()
  private(set) var schedule: MonitorSchedule
  private let location: ContextLocation
  private let logger: Logger
  private var connection: RedisConnection?
  private var count: KeyCount
  private var isUnreachable = false
  /// Each refusal is logged once.
  private var refusals: Set<String> = []

  init(_ location: ContextLocation, _ kinds: KeyKinds, _ schedule: MonitorSchedule, logger: Logger) {
    self.location = location
    count = KeyCount(kinds)
    self.schedule = schedule
    self.logger = logger
  }

  /// Queries the memory and the number of keys.
  mutating func sample() {
    do throws(RedisError) {
      let replies = try send([["INFO", "memory"], ["INFO", "keyspace"]])
      metrics.usedMemoryBytes = info(replies[0])?.usedMemoryBytes
      metrics.keys = info(replies[1])?.keys(inDatabase: location.address.database)
      schedule.sampled(at: MonotonicClock.now())
      reached()
    } catch { lost(error) }
  }

  /// One step of the scan.
  mutating func step() {
    let begin = MonotonicClock.now()
    do throws(RedisError) {
      let replies = try send([count.command])
      take(replies[0], from: begin, to: MonotonicClock.now())
    } catch { lost(error) }
  }

  private mutating func take(_ reply: RedisReply, from begin: UInt64, to end: UInt64) {
    guard count.take(reply) else {
      warn(reply, "the context keys are not counted")
      count = KeyCount(count.kinds)
      return schedule.refused(at: end)
    }
    schedule.stepped(from: begin, to: end, isLast: count.isComplete)
    guard count.isComplete else { return }
    var counted = ContextMetrics.Counted(keys: count.counts, atSeconds: WallClock.seconds())
    counted.activity = activity()
    metrics.counted = counted
    count = KeyCount(count.kinds)
  }

  /// Of the complete count.
  private mutating func activity() -> ContextActivity? {
    do throws(RedisError) {
      var open = try opened()
      let activity = try ContextActivity.read(count, at: WallClock.seconds(), &open)
      connection = consume open
      return activity
    } catch {
      if case .refused(let text) = error {
        warn(.error(text), "created contexts and single exchanges are not counted")
      } else {
        lost(error)
      }
      return nil
    }
  }

  /// After an error the connection is dropped.
  private mutating func send(_ commands: [[RedisWord]]) throws(RedisError) -> [RedisReply] {
    var open = try opened()
    let replies = try open.pipeline(commands)
    connection = consume open
    return replies
  }

  private mutating func opened() throws(RedisError) -> RedisConnection {
    if let connection = connection.take() { return connection }
    return try location.connect(as: "turnout-contexts", replyLimit: Self.replyLimit)
  }

  /// For one step: many times the size of a thousand context keys, and a bound for other keys.
  private static let replyLimit = 16 << 20

  private mutating func info(_ reply: RedisReply) -> RedisInfo? {
    if let text = reply.text { return RedisInfo(text) }
    warn(reply, "the memory and the number of keys of the contexts' Redis are unknown")
    return nil
  }

  private mutating func warn(_ reply: RedisReply, _ consequence: String) {
    let text = reply.failure ?? "invalid reply"
    guard refusals.insert(text + consequence).inserted else { return }
    logger.warning("\(location): \(RedisError.refused(text)); \(consequence)")
  }

  private mutating func reached() {
    metrics.isUp = true
    if isUnreachable { logger.notice("\(location): the contexts' Redis is reachable again") }
    isUnreachable = false
  }

  private mutating func lost(_ error: RedisError) {
    connection = nil
    count = KeyCount(count.kinds)
    schedule.lost(at: MonotonicClock.now())
    metrics.isUp = false
    (metrics.usedMemoryBytes, metrics.keys) = (nil, nil)
    if !isUnreachable {
      logger.warning("the contexts' Redis is unreachable, its memory and keys are unknown: \(error)")
    }
    isUnreachable = true
  }
}
