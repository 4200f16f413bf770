import Logging

/// What happens to the program, on standard error, a line each.
enum EventLog {
  static func make() -> Logger {
    Logger(label: "turnout") { StreamLogHandler.standardError(label: $0) }
  }
}
