internal import Reactor
internal import Redis
internal import Synchronization

/// A bounded number of connections to the Redis of the contexts, for callers on any thread.
///
/// A call costs at most `timeoutNanoseconds`, with the time for a free connection and for opening it. When the server
/// cannot be reached, or does not answer in that time, calls fail at once for a second (`Breaker`).
package final class ContextConnections: Sendable {
  /// 250 ms for all of a call: a user waits for it.
  package static let standardTimeout: UInt64 = 250_000_000
  package static let standardCount = 8
  /// One second.
  static let pause: UInt64 = 1_000_000_000
  /// Ten messages and a state of 1 MiB each, at most (`StoreScript.sizeLimit`), and the words around them.
  private static let replyLimit = 4 << 20

  private let place: ContextPlace
  private let name: String
  private let timeout: UInt64
  private let seats: Seats
  private let breaker = Mutex(Breaker(pauseNanoseconds: pause))

  /// - Parameter name: as CLIENT LIST shows it, without spaces.
  package init(
    _ place: ContextPlace, name: String, count: Int = standardCount, timeoutNanoseconds: UInt64 = standardTimeout
  ) {
    self.place = place
    self.name = name
    timeout = timeoutNanoseconds
    seats = Seats(count)
  }

  /// Runs a script in one round trip, or two when the server does not have it yet.
  func run(_ script: RedisScript, keys: [RedisWord], arguments: [RedisWord]) throws(ContextError) -> RedisReply {
    let end = MonotonicClock.now() &+ timeout
    if let error = breaker.withLock({ $0.foresees(now: end &- timeout) }) { throw .away(error) }
    guard let seat = seats.take(until: end) else { throw .busy(milliseconds: Int(timeout / 1_000_000)) }
    defer { seats.give(seat) }
    if let error = breaker.withLock({ $0.refusal(now: MonotonicClock.now()) }) { throw .away(error) }
    do throws(RedisError) {
      let reply = try seat.connection.withLock { connection throws(RedisError) in
        try run(script, keys, arguments, on: &connection, until: end)
      }
      breaker.withLock { $0.succeeded() }
      return reply
    } catch {
      throw .redis(error)
    }
  }

  private func run(
    _ script: RedisScript, _ keys: [RedisWord], _ arguments: [RedisWord], on connection: inout RedisConnection?,
    until end: UInt64
  ) throws(RedisError) -> RedisReply {
    if !Self.isAlive(&connection) { connection = nil }
    if connection == nil {
      do throws(RedisError) {
        connection = try place.connect(as: name, timeoutNanoseconds: Self.left(end), replyLimit: Self.replyLimit)
      } catch {
        breaker.withLock { $0.failed(error, now: MonotonicClock.now()) }
        throw error
      }
    }
    do throws(RedisError) {
      return try connection!.script(script, keys: keys, arguments: arguments, timeoutNanoseconds: Self.left(end))
    } catch {
      if case .timedOut = error { breaker.withLock { $0.failed(error, now: MonotonicClock.now()) } }
      if error.isAboutTheServer { breaker.withLock { $0.succeeded() } }
      throw error
    }
  }

  /// Whether nothing has come on a connection that waits for nothing: what comes there is its end.
  private static func isAlive(_ connection: inout RedisConnection?) -> Bool {
    guard connection != nil else { return false }
    // One that has timed out is closed and throws; `try?` would make that the same as no message.
    do throws(RedisError) { return try connection!.nextMessage() == nil } catch { return false }
  }

  private static func left(_ end: UInt64) -> UInt64 {
    let now = MonotonicClock.now()
    return end > now ? end - now : 0
  }
}

extension RedisError {
  /// It is there, and says no.
  fileprivate var isAboutTheServer: Bool { if case .refused = self { true } else { false } }
}
