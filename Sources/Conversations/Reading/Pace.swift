internal import Glibc
internal import Reactor

/// Not more than so many a second: waits as long as the work is ahead of that.
package struct Pace: Sendable {
  private let perSecond: Int
  private let start = MonotonicClock.now()
  private var done = 0

  /// Nil or 0: as fast as it goes.
  package init(perSecond: Int?) { self.perSecond = max(perSecond ?? 0, 0) }

  /// How many may go in one batch, so that what is asked for a second is not done in one burst.
  package func batch(of most: Int) -> Int { perSecond == 0 ? most : min(most, max(perSecond / 10, 1)) }

  /// After so many.
  package mutating func did(_ count: Int) {
    guard perSecond > 0 else { return }
    done += count
    let due = start &+ UInt64(done) * 1_000_000_000 / UInt64(perSecond)
    while case let now = MonotonicClock.now(), now < due {
      var time = timespec(tv_sec: Int((due - now) / 1_000_000_000), tv_nsec: Int((due - now) % 1_000_000_000))
      unsafe nanosleep(&time, nil)
    }
  }
}
