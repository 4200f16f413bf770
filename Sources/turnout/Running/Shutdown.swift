import FlagStore
import Glibc
import Logging
import Proxy
import Reactor
import Synchronization

/// How signals control `serve`: SIGHUP reopens the access log, SIGUSR1 kills this proxy locally, SIGTERM and SIGINT drain;
/// a second one of these ends the process at once.
enum Shutdown {
  private static let ending = [SIGTERM, SIGINT]
  static let signals = ending + [SIGUSR1, SIGHUP]

  /// Blocks the signals until `serve` waits for them. Call it before any thread is started.
  static func prepare() { Signals.block(signals) }

  /// Serves until a signal arrives and the requests in flight have finished.
  static func serve(_ system: RunningSystem, drainSeconds: UInt64, logger: Logger) {
    let hasTerminal = isatty(STDIN_FILENO) == 1
    var signal = Signals.wait(for: signals)
    while !ends(signal, system, hasTerminal: hasTerminal) {
      handle(signal, system, logger)
      signal = Signals.wait(for: signals)
    }
    logger.notice(
      "\(name(of: signal)): draining; requests in flight have \(drainSeconds) s, a second signal ends the process at once"
    )
    system.drain()
    let second = try? WorkerThread(name: "signals") {
      _ = Signals.wait(for: ending)
      logger.warning("second signal: ended at once, requests in flight were cut")
      EventLog.flush()
      _exit(1)
    }
    system.join()
    logger.notice("drained")
    _ = second
  }

  /// A terminal that closes sends SIGHUP to its processes.
  private static func ends(_ signal: Int32, _ system: RunningSystem, hasTerminal: Bool) -> Bool {
    signal == SIGHUP ? hasTerminal && !system.hasAccessLogFile : signal != SIGUSR1
  }

  private static func handle(_ signal: Int32, _ system: RunningSystem, _ logger: Logger) {
    if signal == SIGUSR1 {
      system.flags.killLocally(LocalKill(by: "SIGUSR1", reason: "signal to process \(getpid())"))
    } else if system.hasAccessLogFile {
      system.accessLog?.reopen()
    } else {
      logger.notice("SIGHUP: there is no access log file to reopen")
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

/// SIGINT and SIGTERM in a long command. The first one asks the command to stop at a point from which it can resume, a
/// second one ends the process at once.
final class Interruption: Sendable {
  private let wasRequested = Atomic(false)

  /// Create it before any other thread is started.
  ///
  /// - Parameter farewell: for a command that cannot stop in between: called at the first signal, which then ends the
  ///   process.
  init(endingWith farewell: (@Sendable () -> Void)? = nil) throws(SystemError) {
    let signals = [SIGINT, SIGTERM]
    Signals.block(signals)
    _ = try WorkerThread(name: "signals") { [self] in
      var number = Signals.wait(for: signals)
      if let farewell {
        farewell()
      } else {
        wasRequested.store(true, ordering: .relaxed)
        number = Signals.wait(for: signals)
      }
      _exit(128 + number)
    }
  }

  var isRequested: Bool { wasRequested.load(ordering: .relaxed) }
}
