import Configuration
import Glibc
import Logging
import Synchronization

/// What happens to the program, on standard error, a line each. Nobody waits for whoever reads it: neither the kill switch
/// nor a signal may depend on that.
enum EventLog {
  private static let queue = Mutex<LineQueue?>(nil)

  static func make(_ level: LogLevel) -> Logger {
    let queue = try? LineQueue(to: STDERR_FILENO)
    Self.queue.withLock { $0 = queue }
    var logger = Logger(label: "turnout") { label in
      queue.map { StreamLogHandler(label: label, stream: $0) } ?? .standardError(label: label)
    }
    logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
    return logger
  }

  /// Before the process ends or complains on standard error: what was logged gets half a second to be written.
  static func flush() {
    queue.withLock { $0 }?.flush(milliseconds: 500)
  }
}
