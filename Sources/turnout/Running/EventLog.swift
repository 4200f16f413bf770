import Configuration
import Logging

/// What happens to the program, on standard error, a line each.
enum EventLog {
  static func make(_ level: LogLevel) -> Logger {
    var logger = Logger(label: "turnout") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
    return logger
  }
}
