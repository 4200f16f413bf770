import Glibc
import Reactor

/// One line on standard error that tells how far something is; only on a terminal.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
  private var shownAt: UInt64 = 0

  /// At most five times a second.
  func show(_ text: @autoclosure () -> String) {
    let now = MonotonicClock.now()
    guard isTerminal, now &- shownAt > 200_000_000 else { return }
    shownAt = now
    Console.write("\r\(Column.cut(text(), 79))\u{1B}[K", to: STDERR_FILENO)
  }

  func clear() {
    if shownAt > 0 { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}
