import FlagStore
import Glibc
import Logging
import Reactor

/// What signals do: SIGUSR1 kills this proxy locally, SIGTERM or SIGINT drains, a second one of these ends at once.
enum Shutdown {
  private static let ending = [SIGTERM, SIGINT]
  static let signals = ending + [SIGUSR1]

  /// Before anything is started: from here on the signals wait for `serve`.
  static func prepare() {
    Signals.block(signals)
  }

  /// Serves until a signal comes and the requests in flight have finished.
  static func serve(_ system: RunningSystem, drainSeconds: UInt64, logger: Logger) {
    var first = Signals.wait(for: signals)
    while first == SIGUSR1 {
      system.flags.killLocally(LocalKill(by: "SIGUSR1", reason: "signal to process \(getpid())"))
      first = Signals.wait(for: signals)
    }
    logger.notice(
      "\(name(of: first)): draining; requests in flight have \(drainSeconds) s, a second signal ends at once")
    system.drain()
    let impatience = try? WorkerThread(name: "signals") {
      _ = Signals.wait(for: ending)
      logger.warning("second signal: ended at once, requests in flight were cut")
      _exit(1)
    }
    system.join()
    logger.notice("drained")
    _ = impatience
  }

  private static func name(of signal: Int32) -> String { signal == SIGTERM ? "SIGTERM" : "SIGINT" }
}
