internal import Glibc
internal import Logging
internal import Reactor
internal import Redis

// How a session with the server begins.
extension RedisSession {
  /// Where the server tells which keys have changed (CLIENT TRACKING).
  static let invalidation = "__redis__:invalidate"

  /// Of this run of the server; nil where we may not ask.
  static func runID(of connection: inout RedisConnection) throws(RedisError) -> String? {
    let line = try info("server", of: &connection)?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    return line.map { String($0.dropFirst(7)) }
  }

  /// A section of what the server says of itself; nil where we may not ask.
  static func info(_ section: RedisWord, of connection: inout RedisConnection) throws(RedisError) -> String? {
    do throws(RedisError) { return try connection.command("INFO", section).text ?? "" } catch {
      guard case .refused = error else { throw error }
      return nil
    }
  }

  /// A connection that hears of changes, and the order to the server to tell it.
  static func listen(
    _ settings: RedisFlagLocation, _ keys: RedisKeys, asking: inout RedisConnection, _ watcher: RedisWatcher
  ) throws(RedisError) -> RedisConnection {
    var told = try settings.connect(as: "turnout-told")
    if watcher.isEnding { throw .closed(place: watcher.place) }
    let id = try told.command("CLIENT", "ID").integer ?? 0
    try told.send("SUBSCRIBE", RedisWord(invalidation), keys.changed)
    try confirm(&told)
    if watcher.isEnding { throw .closed(place: watcher.place) }
    do throws(RedisError) {
      try asking.command("CLIENT", "TRACKING", "ON", "REDIRECT", RedisWord(id))
    } catch {
      guard case .refused = error else { throw error }
      watcher.logger.warning(
        "\(watcher.place) does not tell of changes (\(error)); those made without turnout are seen once a second")
    }
    return told
  }

  /// What is told before the subscription stands is lost, so it is waited for.
  private static func confirm(_ told: inout RedisConnection) throws(RedisError) {
    let deadline = MonotonicClock.now() + RedisConnection.defaultTimeout
    var confirmed = 0
    while confirmed < 2 {
      if let message = try told.nextMessage() {
        if let failure = message.failure { throw .refused(failure) }
        confirmed += 1
        continue
      }
      let now = MonotonicClock.now()
      guard now < deadline else { throw .timedOut(place: told.place, milliseconds: 1_000) }
      var entry = pollfd(fd: told.descriptor, events: Int16(POLLIN), revents: 0)
      unsafe poll(&entry, 1, Int32((deadline - now) / 1_000_000 + 1))
    }
  }
}
