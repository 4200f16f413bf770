internal import Reactor
internal import Redis
internal import Synchronization

/// So many places for a connection each, lent to one caller at a time. Who finds none waits in a line.
final class ConnectionPool: Sendable {
  final class Seat: Sendable {
    let connection = Mutex<RedisConnection?>(nil)
  }

  private final class Waiter: Sendable {
    let wakeup: Wakeup
    let seat = Mutex<Seat?>(nil)

    init() throws(SystemError) { wakeup = try Wakeup() }
  }

  private struct State {
    /// The last used at the end: it is lent first, so that no more connections are open than are needed.
    var free: [Seat]
    var waiters: [Waiter] = []
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: (0..<max(count, 1)).map { _ in Seat() })) }

  /// Nil when none has become free until that moment.
  func take(until end: UInt64) -> Seat? {
    if let seat = state.withLock({ $0.free.popLast() }) { return seat }
    guard let waiter = try? Waiter() else { return nil }
    let seat: Seat? = state.withLock { state in
      if let seat = state.free.popLast() { return seat }
      state.waiters.append(waiter)
      return nil
    }
    if let seat { return seat }
    wait(waiter, until: end)
    return state.withLock { state in
      state.waiters.removeAll { $0 === waiter }
      return waiter.seat.withLock { $0 }
    }
  }

  private func wait(_ waiter: Waiter, until end: UInt64) {
    while true {
      let now = MonotonicClock.now()
      if now >= end || waiter.wakeup.wait(milliseconds: Int32(clamping: (end - now) / 1_000_000 + 1)) { return }
    }
  }

  func give(_ seat: Seat) {
    state.withLock { state in
      guard let next = state.waiters.first else {
        state.free.append(seat)
        return
      }
      state.waiters.removeFirst()
      next.seat.withLock { $0 = seat }
      next.wakeup.wake()
    }
  }
}
