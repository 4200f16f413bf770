package import Reactor

/// What happened to the access log, for the event log: once for each time, however many lines it was about.
package enum AccessLogEvent: Sendable, Equatable, CustomStringConvertible {
  case failed(SystemError)
  case recovered
  case reopened(String)
  /// The lines go where they went before, and it is tried again.
  case notReopened(SystemError)
  /// So many since it was told last.
  case dropped(UInt64)
  /// So many lines were not taken before the end.
  case abandoned(lines: Int)

  package var isGood: Bool {
    switch self {
    case .recovered, .reopened: true
    case .failed, .notReopened, .dropped, .abandoned: false
    }
  }

  package var description: String {
    switch self {
    case .failed(let error): "the access log cannot be written: \(error); tried again each second"
    case .recovered: "the access log is written again"
    case .reopened(let path): "the access log was opened anew: \(path)"
    case .notReopened(let error):
      "the access log cannot be opened anew: \(error); it goes where it went before, and is tried again each second"
    case .dropped(let count):
      "\(count) lines of the access log were dropped: they are not taken as fast as requests come"
    case .abandoned(let lines): "the access log was not taken in time: its last \(lines) lines are lost"
    }
  }
}
