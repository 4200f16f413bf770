import Glibc
internal import Reactor

/// Now, by both clocks: the wall clock says which window something belongs to, and may be set; the other one says how long
/// it took.
package struct ClockReading: Sendable, Equatable {
  /// Milliseconds since 1970.
  package var wall: Int
  package var monotonicNanoseconds: UInt64

  /// What is read as a moment is at most this: the year 5138.
  static let limit = 100_000_000_000_000

  package init(wall: Int, monotonicNanoseconds: UInt64) {
    self.wall = wall
    self.monotonicNanoseconds = monotonicNanoseconds
  }

  package static func now() -> ClockReading {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return ClockReading(
      wall: time.tv_sec * 1_000 + time.tv_nsec / 1_000_000, monotonicNanoseconds: MonotonicClock.now())
  }
}
