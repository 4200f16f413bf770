import FlagStore
import Glibc
import Logging
import Proxy
import Reactor
import Synchronization

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
