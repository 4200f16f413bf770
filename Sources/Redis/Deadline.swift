internal import Glibc
internal import Reactor

/// The moment at which a call gives up. One deadline covers all of a call: connecting, writing, and every reply.
struct Deadline {
  private let end: UInt64
  private let allowed: UInt64

  init(nanoseconds: UInt64) {
    allowed = nanoseconds
    let (end, isPastAllTime) = MonotonicClock.now().addingReportingOverflow(nanoseconds)
    self.end = isPastAllTime ? .max : end
  }

  /// In nanoseconds; 0 when it has passed.
  var remaining: UInt64 {
    let now = MonotonicClock.now()
    return end > now ? end - now : 0
  }

  /// Of the `count` attempts that are left, one's share.
  func share(of count: Int) -> Deadline { Deadline(nanoseconds: remaining / UInt64(max(count, 1))) }

  func timeout(_ place: String) -> RedisError {
    .timedOut(place: place, milliseconds: Int(clamping: allowed / 1_000_000))
  }

  /// Waits until one of `events` is there, or the peer has closed. False when the deadline has passed before.
  func wait(_ descriptor: Int32, _ events: Int32) -> Bool {
    while true {
      let left = remaining
      if left == 0 { return false }
      var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
      // Rounded up: rounded down, the last millisecond would be spent spinning.
      let result = unsafe poll(&entry, 1, Int32(clamping: left / 1_000_000 + 1))
      if result > 0 { return true }
      if result < 0 && errno != EINTR { return true }
    }
  }
}
