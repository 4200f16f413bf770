import FlagStore
import Glibc
import Logging
import Proxy
import Reactor

/// What signals do: SIGHUP opens the access log anew, SIGUSR1 kills this proxy locally, SIGTERM or SIGINT drains, a second
/// one of these ends at once.
enum Shutdown {
  private static let ending = [SIGTERM, SIGINT]
  static let signals = ending + [SIGUSR1, SIGHUP]

  /// Before anything is started: from here on the signals wait for `serve`.
  static func prepare() {
    Signals.block(signals)
  }

  /// Serves until a signal comes and the requests in flight have finished.
  static func serve(_ system: RunningSystem, drainSeconds: UInt64, logger: Logger) {
    let hasTerminal = isatty(STDIN_FILENO) == 1
    var signal = Signals.wait(for: signals)
    while !ends(signal, system, hasTerminal: hasTerminal) {
      obey(signal, system, logger)
      signal = Signals.wait(for: signals)
    }
    logger.notice(
      "\(name(of: signal)): draining; requests in flight have \(drainSeconds) s, a second signal ends at once")
    system.drain()
    let impatience = try? WorkerThread(name: "signals") {
      _ = Signals.wait(for: ending)
      logger.warning("second signal: ended at once, requests in flight were cut")
      EventLog.flush()
      _exit(1)
    }
    system.join()
    logger.notice("drained")
    _ = impatience
  }

  /// A terminal that is closed sends SIGHUP to what runs in it.
  private static func ends(_ signal: Int32, _ system: RunningSystem, hasTerminal: Bool) -> Bool {
    signal == SIGHUP ? hasTerminal && !system.hasAccessLogFile : signal != SIGUSR1
  }

  private static func obey(_ signal: Int32, _ system: RunningSystem, _ logger: Logger) {
    if signal == SIGUSR1 {
      system.flags.killLocally(LocalKill(by: "SIGUSR1", reason: "signal to process \(getpid())"))
    } else if system.hasAccessLogFile {
      system.accessLog?.reopen()
    } else {
      logger.notice("SIGHUP: there is no file of an access log to open anew")
    }
  }

  private static func name(of signal: Int32) -> String {
    switch signal {
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "SIGINT"
    }
  }
}
