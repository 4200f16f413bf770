import Glibc
import Reactor
import Synchronization

/// SIGINT and SIGTERM end a rehearsal at once, and say which check was under way.
final class DiagnosticsInterruption: Sendable {
  private let check = Mutex<String?>(nil)

  /// Before the first other thread is started.
  /// - Parameter json: whether what is read of the command is JSON.
  init(json: Bool) throws(SystemError) {
    let signals = [SIGINT, SIGTERM]
    Signals.block(signals)
    _ = try WorkerThread(name: "signals") { [self] in
      let number = Signals.wait(for: signals)
      let name = check.withLock { $0 }
      let text = "Interrupted." + (name.map { " The check under way was: \($0)." } ?? "")
      if json { try? JSONOutput.print(ErrorDocument(error: text)) }
      // Behind what the terminal shows of the check, and of the keys that were typed.
      Console.complain((isatty(STDERR_FILENO) == 1 ? "\n" : "") + text)
      _exit(128 + number)
    }
  }

  /// Nil: none.
  func reach(_ name: String?) { check.withLock { $0 = name } }
}
