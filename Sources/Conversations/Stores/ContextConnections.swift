internal import Reactor
package import Redis
internal import Synchronization

/// The Redis server that holds the contexts. The description never shows a password.
package struct ContextLocation: Sendable, Equatable, CustomStringConvertible {
  package var address: RedisAddress
  /// Trusted certificates for TLS; nil: those of the system.
  package var caFile: String?

  package init(address: RedisAddress, caFile: String? = nil) {
    self.address = address
    self.caFile = caFile
  }

  package var description: String { address.description }

  /// Opens a connection that CLIENT LIST shows under `name`.
  package func connect(
    as name: String, timeoutNanoseconds: UInt64 = RedisConnection.defaultTimeout,
    replyLimit: Int = RedisConnection.defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    try RedisConnection.open(
      address, authorities: caFile, name: name, timeoutNanoseconds: timeoutNanoseconds, replyLimit: replyLimit)
  }
}

/// A bounded number of connections to the Redis of the contexts. Safe from any thread.
///
/// A call takes at most `timeout`, including the wait for a free connection and the time to open it. When the server is
/// unreachable, or does not respond in that time, calls fail at once for a second (`CircuitBreaker`).
package final class ContextConnections: Sendable {
  /// For a whole call: a user waits for it.
  package static let standardTimeout = Duration.milliseconds(250)
  package static let standardCount = 8
  static let pause = Duration.seconds(1)
  /// At most a history and a state of 1 MiB each (`StoreScript.sizeLimit`), plus overhead.
  private static let replyLimit = 4 << 20

  private let location: ContextLocation
  private let name: String
  private let timeout: Duration
  private let pool: ConnectionPool
  private let breaker = Mutex(CircuitBreaker(pause: pause))

  /// - Parameter name: as CLIENT LIST shows it, without spaces.
  package init(
    _ location: ContextLocation, name: String, count: Int = standardCount, timeout: Duration = standardTimeout
  ) {
    self.location = location
    self.name = name
    self.timeout = timeout
    pool = ConnectionPool(count)
  }

  /// Runs a script in one round trip, or two when the server does not have it yet.
  func run(_ script: RedisScript, keys: [RedisWord], arguments: [RedisWord]) throws(ContextError) -> RedisReply {
    let now = MonotonicClock.now()
    let deadline = Deadline(after: timeout, from: now)
    if let error = breaker.withLock({ $0.openError(now: now) }) { throw .circuitOpen(error) }
    guard let slot = pool.take(until: deadline) else { throw .busy(milliseconds: timeout.milliseconds) }
    defer { pool.give(slot) }
    if let error = breaker.withLock({ $0.refusal(now: MonotonicClock.now()) }) { throw .circuitOpen(error) }
    do throws(RedisError) {
      let reply = try slot.connection.withLock { connection throws(RedisError) in
        try run(script, keys, arguments, on: &connection, until: deadline)
      }
      breaker.withLock { $0.succeeded() }
      return reply
    } catch {
      throw .redis(error)
    }
  }

  private func run(
    _ script: RedisScript, _ keys: [RedisWord], _ arguments: [RedisWord], on idle: inout RedisConnection?,
    until deadline: Deadline
  ) throws(RedisError) -> RedisReply {
    var connection = try connection(of: &idle, until: deadline)
    let result: Result<RedisReply, RedisError>
    do throws(RedisError) {
      result = .success(
        try connection.script(
          script, keys: keys, arguments: arguments, timeoutNanoseconds: deadline.remaining.nanoseconds))
    } catch {
      result = .failure(error)
      switch error {
      case .timedOut: breaker.withLock { $0.failed(error, now: MonotonicClock.now()) }
      // The server is reachable and refuses.
      case .refused: breaker.withLock { $0.succeeded() }
      default: break
      }
    }
    if connection.isOpen { idle = consume connection }
    return try result.get()
  }

  /// The idle connection, or a new one.
  private func connection(
    of idle: inout RedisConnection?, until deadline: Deadline
  ) throws(RedisError) -> RedisConnection {
    if var connection = idle.take() {
      // Anything that arrives on an idle connection means that it has ended.
      do throws(RedisError) {
        if try connection.nextMessage() == nil { return connection }
      } catch {}
    }
    do throws(RedisError) {
      return try location.connect(
        as: name, timeoutNanoseconds: deadline.remaining.nanoseconds, replyLimit: Self.replyLimit)
    } catch {
      breaker.withLock { $0.failed(error, now: MonotonicClock.now()) }
      throw error
    }
  }
}

/// A fixed number of slots for one connection each, lent to one caller at a time. Waiting callers are served in order.
final class ConnectionPool: Sendable {
  final class Slot: Sendable {
    let connection = Mutex<RedisConnection?>(nil)
  }

  private final class Waiter: Sendable {
    let wakeup: Wakeup
    let slot = Mutex<Slot?>(nil)

    init() throws(SystemError) { wakeup = try Wakeup() }
  }

  private struct State {
    /// The last used is at the end and lent first, so that no more connections open than are needed.
    var free: [Slot]
    var waiters: [Waiter] = []
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: (0..<max(count, 1)).map { _ in Slot() })) }

  /// Nil when none becomes free before the deadline.
  func take(until deadline: Deadline) -> Slot? {
    if let slot = state.withLock({ $0.free.popLast() }) { return slot }
    guard let waiter = try? Waiter() else { return nil }
    let slot: Slot? = state.withLock { state in
      if let slot = state.free.popLast() { return slot }
      state.waiters.append(waiter)
      return nil
    }
    if let slot { return slot }
    while !deadline.hasPassed, !waiter.wakeup.wait(milliseconds: deadline.pollMilliseconds) {}
    return state.withLock { state in
      state.waiters.removeAll { $0 === waiter }
      return waiter.slot.withLock { $0 }
    }
  }

  func give(_ slot: Slot) {
    state.withLock { state in
      guard let next = state.waiters.first else {
        state.free.append(slot)
        return
      }
      state.waiters.removeFirst()
      next.slot.withLock { $0 = slot }
      next.wakeup.wake()
    }
  }
}
