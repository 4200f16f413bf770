import ArgumentParser
import FlagStore

/// How the program ends, for scripts. docs/cli.md says the same.
enum ExitStatus: Int32 {
  /// The operation failed; the message says why.
  case failed = 1
  /// `migrate`, `verify`, `cleanup`: done, but some contexts could not be read, or stayed; they are as they were.
  case incomplete = 2
  /// Someone else changed the flag meanwhile; nothing was overwritten.
  case conflict = 3
  /// The change is written, but the proxy did not say in time that it is in force.
  case unconfirmed = 4
  /// No proxy answers at the admin address, or something that is none. What `set`, `kill` and `restore` had to write is written.
  case unreachable = 5
  /// The percentage would rise by more than `flag_store.largest_step` at once; nothing was changed.
  case stepTooLarge = 6
  /// `compare`: unified is worse.
  case harmful = 10
  /// `compare`: not enough evidence yet, or none that can be trusted.
  case undecided = 11
  /// `preflight`, `smoke`, `validate`: a check failed; `inspect`: a bound is crossed; `verify`: contexts of the two layouts
  /// differ.
  case notPassed = 12
  /// The command line is wrong; the same number that the parser of arguments uses.
  case usage = 64
  /// turnout.yaml, an option of the system or the flag file is wrong; nothing was changed.
  case configuration = 78

  static let help = """
    Exit status: 0 done; 1 failed; 2 migrate or verify left contexts that it could not read; 3 someone else changed the flag meanwhile; 4 written, but not confirmed by the proxy; \
    5 no proxy reachable (a change is written all the same); 6 too large a step without --yes; 10 and 11 compare says harmful, undecided; 12 a check failed, a bound is crossed or verify found differences; 64 wrong usage; 78 wrong configuration or flag file.
    """
}

/// Ends the command with a message on standard error and that exit status.
func failure(_ status: ExitStatus, _ message: String) -> ExitCode {
  EventLog.flush()
  ErrorDocument.keep(message)
  Console.complain(message)
  return ExitCode(status.rawValue)
}

extension FlagStoreError {
  /// What is wrong in the file is the configuration's fault; what the system refused is a failure.
  var exitStatus: ExitStatus {
    switch self {
    case .conflict, .otherRevision: .conflict
    case .invalid, .fileMissing, .notAFile, .fileTooLarge, .unknownFlag: .configuration
    case .unreachable, .refused, .lost, .wrongType, .uncertain, .valueTooLarge, .badName, .locked, .system: .failed
    }
  }
}
