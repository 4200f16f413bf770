internal import Logging
internal import Reactor
internal import Redis

/// What the thread of `ContextCounting` does, turn by turn: it asks Redis and keeps what is known. `CountingPlan` decides
/// when, `KeyCount` what a walk comes to.
struct CountingSession: ~Copyable {
  private(set) var reading = ContextReading()
  private(set) var plan: CountingPlan
  private let place: ContextLocation
  private let logger: Logger
  private var connection: RedisConnection?
  private var count = KeyCount()
  private var isAway = false
  /// What the server refuses is told once.
  private var refusals: Set<String> = []

  init(_ place: ContextLocation, _ plan: CountingPlan, logger: Logger) {
    self.place = place
    self.plan = plan
    self.logger = logger
  }

  /// Asks how much memory and how many keys there are.
  mutating func sample() {
    do throws(RedisError) {
      let replies = try ask([["INFO", "memory"], ["INFO", "keyspace"]])
      reading.usedMemoryBytes = info(replies[0])?.usedMemoryBytes
      reading.keys = info(replies[1])?.keys(inDatabase: place.address.database)
      plan.sampled(at: MonotonicClock.now())
      found()
    } catch { lost(error) }
  }

  /// One step of the walk.
  mutating func step() {
    let begin = MonotonicClock.now()
    do throws(RedisError) {
      let replies = try ask([count.command])
      take(replies[0], from: begin, to: MonotonicClock.now())
    } catch { lost(error) }
  }

  private mutating func take(_ reply: RedisReply, from begin: UInt64, to end: UInt64) {
    guard count.take(reply) else {
      refuse(reply, "the keys of contexts are not counted")
      count = KeyCount()
      return plan.refused(at: end)
    }
    plan.stepped(from: begin, to: end, isLast: count.isComplete)
    guard count.isComplete else { return }
    reading.counted = ContextReading.Counted(keys: count.counts, atSeconds: WallClock.seconds())
    count = KeyCount()
  }

  /// A connection that a call has thrown on is closed.
  private mutating func ask(_ commands: [[RedisWord]]) throws(RedisError) -> [RedisReply] {
    var open = try opened()
    let replies = try open.pipeline(commands)
    connection = consume open
    return replies
  }

  private mutating func opened() throws(RedisError) -> RedisConnection {
    if let connection = connection.take() { return connection }
    return try place.connect(as: "turnout-contexts", replyLimit: Self.replyLimit)
  }

  /// Of one step: many times what a thousand keys of contexts take, and no key of others makes us hold more.
  private static let replyLimit = 16 << 20

  private mutating func info(_ reply: RedisReply) -> ServerInfo? {
    if let text = reply.text { return ServerInfo(text) }
    refuse(reply, "memory and number of keys of the contexts' Redis are not known")
    return nil
  }

  private mutating func refuse(_ reply: RedisReply, _ consequence: String) {
    let text = reply.failure ?? "an answer that is none"
    guard refusals.insert(text + consequence).inserted else { return }
    logger.warning("\(place): \(RedisError.refused(text)); \(consequence)")
  }

  private mutating func found() {
    reading.isUp = true
    if isAway { logger.notice("\(place): the contexts' Redis answers again") }
    isAway = false
  }

  private mutating func lost(_ error: RedisError) {
    connection = nil
    count = KeyCount()
    plan.lost(at: MonotonicClock.now())
    reading.isUp = false
    (reading.usedMemoryBytes, reading.keys) = (nil, nil)
    if !isAway { logger.warning("the contexts' Redis is away, so that its memory and keys are not known: \(error)") }
    isAway = true
  }
}
