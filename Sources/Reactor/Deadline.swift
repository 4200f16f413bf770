internal import Glibc

/// The instant at which a wait gives up, on the monotonic clock. One deadline covers all steps of a call, such as
/// connecting, writing and every reply.
public struct Deadline: Sendable, Equatable, Comparable {
  /// Nanoseconds of `MonotonicClock`; the largest value never comes.
  public let nanoseconds: UInt64

  /// A deadline that never passes.
  public static let never = Deadline(nanoseconds: .max)

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// A duration that ends beyond the clock's range gives `never`; a negative one has passed.
  public init(after duration: Duration, from now: UInt64 = MonotonicClock.now()) {
    let (end, isBeyondRange) = now.addingReportingOverflow(duration.nanoseconds)
    nanoseconds = isBeyondRange ? .max : end
  }

  public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Zero once it has passed.
  public var remaining: Duration { remaining(at: MonotonicClock.now()) }

  public func remaining(at now: UInt64) -> Duration {
    .nanoseconds(clamping: nanoseconds > now ? nanoseconds - now : 0)
  }

  public var hasPassed: Bool { MonotonicClock.now() >= nanoseconds }

  /// The earlier of this deadline and `duration` from now, for one of several waits.
  public func atMost(_ duration: Duration) -> Deadline { min(self, Deadline(after: duration)) }

  /// For poll(2) and epoll_wait(2): -1 waits for ever. Rounded up: rounded down, the last millisecond would be spent
  /// spinning.
  public var pollMilliseconds: Int32 {
    if self == .never { return -1 }
    let now = MonotonicClock.now()
    return nanoseconds <= now ? 0 : Int32(clamping: (nanoseconds - now - 1) / 1_000_000 + 1)
  }

  /// Waits until the descriptor reports one of `events` (poll(2)), an error or a hang-up. False when the deadline passes
  /// first.
  public func wait(for events: Int32, on descriptor: Int32) -> Bool {
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
      let result = unsafe poll(&entry, 1, pollMilliseconds)
      if result > 0 { return true }
      if result < 0 && errno != EINTR { return true }
      if result == 0 && hasPassed { return false }
    }
  }
}

extension Duration {
  /// Whole nanoseconds, at most `UInt64.max` (584 years); 0 for a negative duration.
  public var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (product, isBeyondRange) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isBeyondSum) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
    return isBeyondRange || isBeyondSum ? .max : sum
  }

  /// Whole milliseconds, rounded down; 0 for a negative duration.
  public var milliseconds: Int { Int(clamping: nanoseconds / 1_000_000) }

  /// For a clock reading or a setting kept as an integer; beyond `Int64.max` (292 years) it stays there.
  public static func nanoseconds(clamping nanoseconds: UInt64) -> Duration {
    .nanoseconds(Int64(clamping: nanoseconds))
  }
}
