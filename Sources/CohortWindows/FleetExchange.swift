internal import Bytes
internal import FlagStore
internal import Logging
internal import Reactor
internal import Redis
internal import Synchronization

/// Publishes this proxy's windows to the fleet and reads those of the others, every 5 seconds, on its own thread.
///
///     our open windows, and closed ones not published yet -- one pipeline --> Redis
///     versions of the others' keys: the last minutes and hours, once a minute all of them
///     keys whose version has changed -- read --> summed by stage --> FleetWindows
///
/// While Redis is away, nothing is published or read and the windows that were read stay. Afterwards everything is published
/// again.
final class FleetExchange: Sendable {
  private static let interval = Duration.seconds(5)
  /// For one pipeline: a reply has up to a megabyte for each ten proxies.
  private static let timeout = Duration.seconds(3)
  private static let stepsBetweenFullReads = 12
  /// While the other proxies, too, reconnect and publish everything again.
  private static let fullReadsAtFirst = 3
  private static let keysPerRead = 8
  /// Names of oversized keys that are remembered; beyond it they are found anew.
  private static let oversizedLimit = 1_024

  private let location: RedisFlagLocation
  private let replyLimit: Int
  private let keys: FleetKeys
  private let proxy: String
  private let windows: LockedWindows
  private let names: [String]
  private let logger: Logger
  private let ending = Atomic<Bool>(false)
  private let loop = Mutex<BackgroundLoop?>(nil)
  private let errors = Atomic<UInt64>(0)
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var connection: RedisConnection?
    var progress: PublishProgress
    var liveness: FleetLiveness
    var steps = 0
    var isFailing = false
    var refusals: Set<String> = []
    /// Keys that are too large to read, and are skipped.
    var oversizedKeys: Set<String> = []
  }

  init(
    _ location: RedisFlagLocation, proxy: String, _ windows: LockedWindows, logger: Logger, replyLimit: Int = 64 << 20
  ) {
    self.location = location
    self.replyLimit = replyLimit
    self.proxy = proxy
    self.windows = windows
    self.logger = logger
    keys = FleetKeys(prefix: location.keyPrefix)
    names = windows.with { $0.local.flags.map(\.name) }
    state = Mutex(State(progress: PublishProgress(flagCount: names.count), liveness: FleetLiveness(own: proxy)))
  }

  /// Failed writes to the store.
  var errorCount: UInt64 { errors.load(ordering: .relaxed) }

  func start() throws(SystemError) {
    let loop = try BackgroundLoop(name: "windows-fleet", priority: .background) { [self] in
      exchange(at: .now())
      return Deadline(after: Self.interval)
    }
    self.loop.withLock { $0 = loop }
  }

  /// Publishes the rest. It waits for two pipelines at most: the one under way, and its own.
  func stop() {
    ending.store(true, ordering: .releasing)
    let loop = loop.withLock { $0.take() }
    loop?.stop()
    loop?.join()
    state.withLock { state in
      guard state.connection != nil else { return }
      try? publish(&state, .now())
    }
  }

  func exchange(at now: ClockReading) {
    state.withLock { state in
      do throws(RedisError) {
        try connect(&state)
        if !isEnding { try publish(&state, now) }
        if !isEnding { try read(&state, now) }
        if state.isFailing { logger.notice("\(location): windows are exchanged with the fleet again") }
        state.isFailing = false
      } catch {
        state.connection = nil
        errors.wrappingAdd(1, ordering: .relaxed)
        if !state.isFailing { logger.warning("windows are not exchanged with the fleet: \(error)") }
        state.isFailing = true
      }
      let silent = state.liveness.silent(at: now.monotonicNanoseconds)
      windows.with { content in
        content.fleet.silent = silent
        for gone in content.fleet.expire(at: now.wall) {
          content.local.flags[gone.flag].add(othersMinute: gone.minute)
        }
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
    state.connection = try location.connect(as: "turnout-windows", replyLimit: replyLimit)
  }

  /// The server may have lost its data and count versions from 1 again, so an equal version means nothing.
  private func startOver(_ state: inout State) {
    state.progress.reset()
    state.steps = 0
    windows.with { $0.fleet.forgetVersions() }
  }

  private func pipeline(_ commands: [[RedisWord]], _ state: inout State) throws(RedisError) -> [RedisReply] {
    guard var connection = state.connection.take() else { throw .closed(place: location.description) }
    let replies = try connection.pipeline(commands, timeoutNanoseconds: Self.timeout.nanoseconds)
    state.connection = consume connection
    return replies
  }

  // MARK: Publishing

  private func publish(_ state: inout State, _ now: ClockReading) throws(RedisError) {
    let local = windows.with { $0.local }
    let due = state.progress.due(local, now: now.wall)
    guard !due.isEmpty else { return }
    let replies = try pipeline(due.flatMap(commands), &state)
    if let refusal = replies.compactMap(\.failure).first {
      errors.wrappingAdd(1, ordering: .relaxed)
      if state.refusals.insert(refusal).inserted {
        logger.warning("\(RedisError.refused(refusal)); the fleet does not see the traffic of this proxy")
      }
    } else {
      for item in due { state.progress.confirm(item) }
    }
  }

  private func commands(_ item: PublishProgress.Item) -> [[RedisWord]] {
    let window = item.window
    let key = keys.key(names[item.flag], item.resolution, item.resolution.number(of: window.from))
    return [
      ["HSET", key, FleetKeys.field(proxy, from: window.from), RedisWord(window.encoded)],
      ["HINCRBY", key, "v", 1], ["EXPIRE", key, RedisWord(FleetKeys.expirySeconds(item.resolution))],
    ]
  }

  // MARK: Reading

  private struct Key {
    var flag: Int
    var resolution: Resolution
    var number: Int
    /// As the server reports it now.
    var version = 0
  }

  private func word(_ key: Key) -> RedisWord { keys.key(names[key.flag], key.resolution, key.number) }

  private func read(_ state: inout State, _ now: ClockReading) throws(RedisError) {
    let isFull = state.steps < Self.fullReadsAtFirst || state.steps % Self.stepsBetweenFullReads == 0
    var all = allKeys(isFull: isFull, now)
    state.steps += 1
    let counters = try pipeline(all.flatMap { [["HGET", word($0), "v"], ["HLEN", word($0)]] }, &state)
    for index in all.indices {
      all[index].version = counters[index * 2].integer ?? 0
      if counters[index * 2 + 1].integer ?? 0 > FleetKeys.fieldLimit {
        skip(all[index], &state, because: "it has more than \(NumberText.count(FleetKeys.fieldLimit)) fields")
      }
    }
    let fleet = windows.with { $0.fleet.flags }
    let known = { (key: Key) in fleet[key.flag][key.resolution][key.number]?.version ?? 0 }
    let changed = all.filter { key in
      key.version != 0 && key.version != known(key) && !state.oversizedKeys.contains(word(key).text)
    }
    // A version only falls when the server has lost its data.
    if all.contains(where: { $0.version < known($0) }) { startOver(&state) }
    for start in stride(from: 0, to: changed.count, by: Self.keysPerRead) {
      try read(changed[start..<min(start + Self.keysPerRead, changed.count)], &state, now)
    }
    if !isEnding, var connection = state.connection.take() {
      let members = try location.members(on: &connection)
      state.connection = consume connection
      state.liveness.setMembers(members, at: now.monotonicNanoseconds)
    }
  }

  /// A key beyond the reply limit ends the connection. Reading the keys one by one then finds it.
  private func read(_ some: ArraySlice<Key>, _ state: inout State, _ now: ClockReading) throws(RedisError) {
    guard !isEnding, let first = some.first else { return }
    do throws(RedisError) {
      let replies = try pipeline(some.map { ["HGETALL", word($0)] }, &state)
      for (key, reply) in zip(some, replies) { store(reply, key, &state, now) }
    } catch {
      guard case .tooLarge = error else { throw error }
      try reconnect(&state)
      guard some.count == 1 else {
        for key in some { try read([key], &state, now) }
        return
      }
      skip(first, &state, because: "it has more than \(NumberText.bytes(replyLimit))")
    }
  }

  private func skip(_ key: Key, _ state: inout State, because reason: String) {
    let name = word(key).text
    if state.oversizedKeys.count >= Self.oversizedLimit { state.oversizedKeys = [] }
    guard state.oversizedKeys.insert(name).inserted else { return }
    logger.warning("\(name): skipped because \(reason); comparisons lack the other proxies' traffic of that time")
    windows.with { $0.fleet.countSkipped(1) }
  }

  /// The present windows, the last ones and, for clocks that are ahead, the next ones; or all that have not expired.
  private func allKeys(isFull: Bool, _ now: ClockReading) -> [Key] {
    names.indices.flatMap { flag in
      [(Resolution.minute, FleetWindows.minutesKept), (.hour, FleetWindows.hoursKept)].flatMap { resolution, kept in
        let number = resolution.number(of: now.wall)
        return (number - (isFull ? kept - 1 : 1)...number + 1).map {
          Key(flag: flag, resolution: resolution, number: $0)
        }
      }
    }
  }

  private func store(_ reply: RedisReply, _ key: Key, _ state: inout State, _ now: ClockReading) {
    let values = FleetKeys.values(reply, without: proxy)
    if key.resolution == .minute {
      for value in values { state.liveness.observe(value.proxy, value.bytes, at: now.monotonicNanoseconds) }
    }
    let window = FleetWindow(version: key.version, values)
    windows.with { $0.fleet.put(window, flag: key.flag, key.resolution, number: key.number) }
  }
}

/// Which proxies of the fleet are silent. It uses no clock but ours: a proxy lives when what it published has changed.
struct FleetLiveness: Sendable {
  /// Three times the interval between two writes.
  static let silence = Duration.seconds(15)
  private static let retention = Duration.seconds(3_600)
  private static let limit = 4_096
  private static let nameLimit = 20
  private static let nameByteLimit = 128

  private let own: String
  private var lastSeen: [String: (hash: UInt32, at: UInt64)] = [:]
  /// When we first saw each registration: a new proxy needs time to publish.
  private var registeredAt: [String: UInt64] = [:]
  private var members: [FleetMember] = []

  init(own: String) { self.own = own }

  /// Notes what a proxy has published. Times are monotonic nanoseconds.
  mutating func observe(_ proxy: String, _ bytes: [UInt8], at now: UInt64) {
    let hash = unsafe Murmur3().hash(bytes.span.bytes)
    guard lastSeen[proxy]?.hash != hash, lastSeen.count < Self.limit || lastSeen[proxy] != nil else { return }
    lastSeen[proxy] = (hash, now)
  }

  mutating func setMembers(_ members: [FleetMember], at now: UInt64) {
    self.members = members.filter { $0.windows != own }
    registeredAt = Dictionary(members.map { ($0.id, registeredAt[$0.id] ?? now) }) { first, _ in first }
    lastSeen = lastSeen.filter { now &- $0.value.at < Self.retention.nanoseconds }
  }

  /// The names of at most 20 silent proxies, then how many more there are. The list is part of every comparison, and
  /// anyone may write anything into the register.
  func silent(at now: UInt64) -> [String] {
    let silent = members.filter { member in
      let last = member.windows.flatMap { lastSeen[$0]?.at } ?? registeredAt[member.id] ?? now
      return now &- last > Self.silence.nanoseconds
    }
    let names = silent.prefix(Self.nameLimit).map { Self.truncated($0.name) }
    return silent.count > names.count ? names + ["and \(NumberText.count(silent.count - names.count)) more"] : names
  }

  /// To 128 bytes, without splitting a character.
  private static func truncated(_ name: String) -> String {
    guard name.utf8.count > nameByteLimit else { return name }
    var (text, bytes) = ("", 0)
    for scalar in name.unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= nameByteLimit else { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
