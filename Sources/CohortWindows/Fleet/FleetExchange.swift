internal import FlagStore
import Glibc
internal import Logging
internal import Reactor
internal import Redis
import Synchronization

/// Tells the fleet what this proxy counted and reads what the others did, every 5 seconds, on a thread of its own.
///
///     our open windows, and closed ones not told yet -- one pipeline --> Redis
///     counters of the others' keys: the last minutes and hours, once a minute all of them
///     keys whose counter has changed -- read --> summed by stage --> FleetBook
///
/// With Redis away, nothing is told or read, and what was read stays; afterwards all is told again.
final class FleetExchange: Sendable {
  static let interval: UInt64 = 5_000_000_000
  /// What a call may take: a reply has up to a megabyte for each ten proxies.
  private static let timeout: UInt64 = 3_000_000_000
  private static let stepsBetweenFullReads = 12
  /// While the others, too, come back and tell all again.
  private static let fullReadsAtFirst = 3
  /// Keys that are read in one go.
  private static let keysPerRead = 8
  /// Names of giants that are remembered; beyond it they are found anew.
  private static let giantLimit = 1_024

  private let place: RedisFlagLocation
  private let replyLimit: Int
  private let keys: FleetKeys
  private let proxy: String
  private let books: Books
  private let names: [String]
  private let logger: Logger
  private let wakeup: Wakeup
  private let ending = Atomic<Bool>(false)
  private let thread = Mutex<WorkerThread?>(nil)
  private let errors = Atomic<UInt64>(0)
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var connection: RedisConnection?
    var writing: FleetWriting
    var hearing: FleetLiveness
    var steps = 0
    var isFailing = false
    var refusals: Set<String> = []
    /// Keys that are too large to be read, by name: they are passed over from then on.
    var giants: Set<String> = []
  }

  init(
    _ place: RedisFlagLocation, proxy: String, _ books: Books, logger: Logger, replyLimit: Int = 64 << 20
  ) throws(SystemError) {
    self.place = place
    self.replyLimit = replyLimit
    self.proxy = proxy
    self.books = books
    self.logger = logger
    keys = FleetKeys(prefix: place.keyPrefix)
    names = books.with { $0.own.flags.map(\.name) }
    wakeup = try Wakeup()
    state = Mutex(State(writing: FleetWriting(flagCount: names.count), hearing: FleetLiveness(own: proxy)))
  }

  /// Writes that the store did not take.
  var errorCount: UInt64 { errors.load(ordering: .relaxed) }

  func start() throws(SystemError) {
    let thread = try WorkerThread(name: "windows-fleet") { [self] in
      Background.begin()
      while !ending.load(ordering: .acquiring) {
        exchange(at: .now())
        wait()
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Tells the rest. It waits for two calls at most: the one that is under way, and its own.
  func stop() {
    ending.store(true, ordering: .releasing)
    wakeup.wake()
    thread.withLock { $0 }?.join()
    state.withLock { state in
      guard state.connection != nil else { return }
      try? tell(&state, .now())
    }
  }

  private func wait() {
    var entry = pollfd(fd: wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
    unsafe poll(&entry, 1, Int32(Self.interval / 1_000_000))
  }

  /// One exchange.
  func exchange(at now: ClockReading) {
    state.withLock { state in
      do throws(RedisError) {
        try connect(&state)
        if !isEnding { try tell(&state, now) }
        if !isEnding { try read(&state, now) }
        if state.isFailing { logger.notice("\(place): windows are exchanged with the fleet again") }
        state.isFailing = false
      } catch {
        state.connection = nil
        errors.wrappingAdd(1, ordering: .relaxed)
        if !state.isFailing { logger.warning("windows are not exchanged with the fleet: \(error)") }
        state.isFailing = true
      }
      let silent = state.hearing.silent(at: now.monotonicNanoseconds)
      books.with { content in
        content.fleet.silent = silent
        for gone in content.fleet.expire(at: now.wall) { content.own.flags[gone.flag].add(othersMinute: gone.minute) }
      }
    }
  }

  private var isEnding: Bool { ending.load(ordering: .acquiring) }

  private func connect(_ state: inout State) throws(RedisError) {
    guard state.connection == nil else { return }
    try reconnect(&state)
    startOver(&state)
  }

  private func reconnect(_ state: inout State) throws(RedisError) {
    state.connection = try place.connect(as: "turnout-windows", replyLimit: replyLimit)
  }

  /// The server may have lost what it was told, and counts from 1 again: a counter that is the same says nothing then.
  private func startOver(_ state: inout State) {
    state.writing.forget()
    state.steps = 0
    books.with { $0.fleet.forgetVersions() }
  }

  // MARK: Telling

  private func tell(_ state: inout State, _ now: ClockReading) throws(RedisError) {
    let book = books.with { $0.own }
    let due = state.writing.due(book, now: now.wall)
    guard !due.isEmpty else { return }
    let replies = try pipeline(due.flatMap(commands), &state)
    let refusal = replies.compactMap(\.failure).first
    if let refusal {
      errors.wrappingAdd(1, ordering: .relaxed)
      if state.refusals.insert(refusal).inserted {
        logger.warning("\(RedisError.refused(refusal)); the fleet does not know what this proxy counts")
      }
    } else {
      for telling in due { state.writing.confirm(telling) }
    }
  }

  private func commands(_ telling: FleetWriting.Telling) -> [[RedisWord]] {
    let segment = telling.segment
    let key = keys.key(names[telling.flag], telling.resolution, telling.resolution.number(of: segment.from))
    return [
      ["HSET", key, FleetKeys.field(proxy, from: segment.from), RedisWord(segment.encoded)],
      ["HINCRBY", key, "v", 1], ["EXPIRE", key, RedisWord(FleetKeys.expirySeconds(telling.resolution))],
    ]
  }

  // MARK: Reading

  private struct Place {
    var flag: Int
    var resolution: Resolution
    var number: Int
  }

  private func read(_ state: inout State, _ now: ClockReading) throws(RedisError) {
    let places = places(
      isFull: state.steps < Self.fullReadsAtFirst || state.steps % Self.stepsBetweenFullReads == 0, now)
    state.steps += 1
    let counters = try pipeline(places.flatMap { [["HGET", key($0), "v"], ["HLEN", key($0)]] }, &state)
    let versions = counters.indices.filter { $0.isMultiple(of: 2) }.map { counters[$0].integer ?? 0 }
    for (index, place) in places.enumerated() where counters[index * 2 + 1].integer ?? 0 > FleetKeys.fieldLimit {
      passOver(place, &state, because: "it has more than \(FleetKeys.fieldLimit) fields")
    }
    let known = books.with { $0.fleet.flags }
    let pairs = zip(places, versions).map { place, version in
      (place, version, known: known[place.flag][place.resolution][place.number]?.version ?? 0)
    }
    let changed = pairs.filter { $0.1 != 0 && $0.1 != $0.known && !state.giants.contains(key($0.0).text) }
    // It only grows, unless the data were lost.
    if pairs.contains(where: { $0.1 < $0.known }) { startOver(&state) }
    for start in stride(from: 0, to: changed.count, by: Self.keysPerRead) {
      let some = changed[start..<min(start + Self.keysPerRead, changed.count)]
      try read(some.map { ($0.0, $0.1) }, &state, now)
    }
    if !isEnding, var connection = state.connection.take() {
      let members = try self.place.members(on: &connection)
      state.connection = consume connection
      state.hearing.meet(members, at: now.monotonicNanoseconds)
    }
  }

  /// A key that is larger than a reply may be ends the connection; then each is read by itself, so that it is found.
  private func read(_ some: [(Place, version: Int)], _ state: inout State, _ now: ClockReading) throws(RedisError) {
    guard !isEnding, !some.isEmpty else { return }
    do throws(RedisError) {
      let replies = try pipeline(some.map { ["HGETALL", key($0.0)] }, &state)
      for ((place, version), reply) in zip(some, replies) { take(reply, place, version: version, &state, now) }
    } catch {
      guard case .tooLarge = error else { throw error }
      try reconnect(&state)
      guard some.count == 1 else {
        for one in some { try read([one], &state, now) }
        return
      }
      passOver(some[0].0, &state, because: "it has more than \(replyLimit) bytes")
    }
  }

  private func passOver(_ place: Place, _ state: inout State, because reason: String) {
    let name = key(place).text
    if state.giants.count >= Self.giantLimit { state.giants = [] }
    guard state.giants.insert(name).inserted else { return }
    logger.warning("\(name): is not read: \(reason). What other proxies count of that time is missing")
    books.with { $0.fleet.passOver(1) }
  }

  /// The present, what ends just now and, by a clock that is ahead, the next; or all that is not forgotten.
  private func places(isFull: Bool, _ now: ClockReading) -> [Place] {
    names.indices.flatMap { flag in
      [(Resolution.minute, FleetBook.minutesKept), (.hour, FleetBook.hoursKept)].flatMap { resolution, kept in
        let number = resolution.number(of: now.wall)
        return (number - (isFull ? kept - 1 : 1)...number + 1).map {
          Place(flag: flag, resolution: resolution, number: $0)
        }
      }
    }
  }

  private func key(_ place: Place) -> RedisWord { keys.key(names[place.flag], place.resolution, place.number) }

  private func take(_ reply: RedisReply, _ place: Place, version: Int, _ state: inout State, _ now: ClockReading) {
    let values = FleetKeys.values(reply, without: proxy)
    if place.resolution == .minute {
      for value in values { state.hearing.hear(value.proxy, value.bytes, at: now.monotonicNanoseconds) }
    }
    let span = FleetSpan(version: version, values)
    books.with { $0.fleet.put(span, flag: place.flag, place.resolution, number: place.number) }
  }

  private func pipeline(_ commands: [[RedisWord]], _ state: inout State) throws(RedisError) -> [RedisReply] {
    guard var connection = state.connection.take() else { throw .closed(place: place.description) }
    let replies = try connection.pipeline(commands, timeoutNanoseconds: Self.timeout)
    state.connection = consume connection
    return replies
  }
}
