import Glibc
import Reactor
import Synchronization

/// SIGINT and SIGTERM ask a long command to end where it can be taken up again; a second one ends it at once.
final class Interruption: Sendable {
  private let wasAsked = Atomic(false)

  /// Before the first other thread is started.
  init() throws(SystemError) {
    let signals = [SIGINT, SIGTERM]
    Signals.block(signals)
    _ = try WorkerThread(name: "signals") { [self] in
      _ = Signals.wait(for: signals)
      wasAsked.store(true, ordering: .relaxed)
      _exit(128 + Signals.wait(for: signals))
    }
  }

  var isAsked: Bool { wasAsked.load(ordering: .relaxed) }
}
