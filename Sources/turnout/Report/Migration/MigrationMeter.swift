import Conversations
import Glibc
import Reactor
import Synchronization

/// Tells on standard error how far a migration is: a bar that moves on a terminal, a line every few seconds elsewhere.
final class MigrationMeter: Sendable {
  /// How far it is after so many seconds.
  private let line: @Sendable (Double) -> MigrationLine
  private let start = MonotonicClock.now()
  private let isTerminal: Bool
  private let isEnding = Atomic(false)
  private let thread = Mutex<WorkerThread?>(nil)

  private static let lineSeconds = 5.0

  convenience init(_ progress: MigrationProgress) throws(SystemError) {
    try self.init { MigrationLine(tally: progress.tally, share: progress.share, seconds: $0) }
  }

  init(_ line: @escaping @Sendable (Double) -> MigrationLine) throws(SystemError) {
    self.line = line
    isTerminal = isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
    let started = try WorkerThread(name: "meter") { [self] in show() }
    thread.withLock { $0 = started }
  }

  var seconds: Double { Double(MonotonicClock.now() &- start) / 1e9 }

  /// Returns when nothing more is shown.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    thread.withLock { $0 }?.join()
  }

  private func show() {
    var next = isTerminal ? 0.2 : Self.lineSeconds
    while !isEnding.load(ordering: .relaxed) {
      usleep(50_000)
      guard seconds >= next else { continue }
      let line = line(seconds)
      Console.write(isTerminal ? "\r\(line.bar)\u{1B}[K" : line.text + "\n", to: STDERR_FILENO)
      next += isTerminal ? 0.2 : Self.lineSeconds
    }
    if isTerminal { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}
