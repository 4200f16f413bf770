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

  private let place: ContextLocation
  private let name: String
  private let timeout: UInt64
  private let seats: ConnectionPool
  private let breaker = Mutex(Breaker(pauseNanoseconds: pause))

  /// - Parameter name: as CLIENT LIST shows it, without spaces.
  package init(
    _ place: ContextLocation, name: String, count: Int = standardCount, timeoutNanoseconds: UInt64 = standardTimeout
  ) {
    self.place = place
    self.name = name
    timeout = timeoutNanoseconds
    seats = ConnectionPool(count)
  }

  /// Runs a script in one round trip, or two when the server does not have it yet.
  func run(_ script: RedisScript, keys: [RedisWord], arguments: [RedisWord]) throws(ContextError) -> RedisReply {
    let end = MonotonicClock.now() &+ timeout
    if let error = breaker.withLock({ $0.isOpen(now: end &- timeout) }) { throw .away(error) }
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
    _ script: RedisScript, _ keys: [RedisWord], _ arguments: [RedisWord], on kept: inout RedisConnection?,
    until end: UInt64
  ) throws(RedisError) -> RedisReply {
    var connection = try connection(of: &kept, until: end)
    let result: Result<RedisReply, RedisError>
    do throws(RedisError) {
      result = .success(
        try connection.script(script, keys: keys, arguments: arguments, timeoutNanoseconds: Self.left(end)))
    } catch {
      result = .failure(error)
      switch error {
      case .timedOut: breaker.withLock { $0.failed(error, now: MonotonicClock.now()) }
      // It is there, and says no.
      case .refused: breaker.withLock { $0.succeeded() }
      default: break
      }
    }
    if connection.isOpen { kept = consume connection }
    return try result.get()
  }

  /// The one that is kept, or a new one.
  private func connection(
    of kept: inout RedisConnection?, until end: UInt64
  ) throws(RedisError) -> RedisConnection {
    if var connection = kept.take() {
      // What comes on a connection that waits for nothing is its end.
      do throws(RedisError) {
        if try connection.nextMessage() == nil { return connection }
      } catch {}
    }
    do throws(RedisError) {
      return try place.connect(as: name, timeoutNanoseconds: Self.left(end), replyLimit: Self.replyLimit)
    } catch {
      breaker.withLock { $0.failed(error, now: MonotonicClock.now()) }
      throw error
    }
  }

  private static func left(_ end: UInt64) -> UInt64 {
    let now = MonotonicClock.now()
    return end > now ? end - now : 0
  }
}
