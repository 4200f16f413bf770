import Glibc
import Reactor

/// How far a walk over the keys has come, on a terminal alone: a line on standard error that goes away at the end.
final class KeysSeen {
  private let isShown: Bool
  private var shownAt: UInt64 = 0

  init(isQuiet: Bool) { isShown = !isQuiet && isatty(STDERR_FILENO) == 1 }

  /// Four times a second at most.
  func seen(_ keys: Int) {
    let now = MonotonicClock.now()
    guard isShown, now &- shownAt > 250_000_000 else { return }
    shownAt = now
    Console.write("\r\(keys) keys seen\u{1B}[K", to: STDERR_FILENO)
  }

  func end() {
    if isShown, shownAt > 0 { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    shownAt = 0
  }
}
