import ArgumentParser
import FlagStore

/// How the program ends, for scripts. docs/cli.md has the same table.
enum ExitStatus: Int32 {
  /// The operation failed; the message says why.
  case failed = 1
  /// `migrate`, `verify`: some contexts could not be read; they are unchanged. `cleanup`: some keys were not removed.
  case incomplete = 2
  /// Someone else changed the flag; nothing was overwritten.
  case conflict = 3
  /// The change is written, but not every proxy confirmed in time that it is in force.
  case unconfirmed = 4
  /// No proxy responds at the admin address. `set`, `kill` and `restore` have written their change all the same.
  case unreachable = 5
  /// The percentage would rise by more than `flag_store.largest_step` at once; nothing was changed.
  case stepTooLarge = 6
  /// `compare`: unified is worse.
  case harmful = 10
  /// `compare`: not enough evidence yet, or none that can be trusted.
  case undecided = 11
  /// `preflight`, `smoke`, `validate`: a check failed. `inspect`: a bound is crossed. `verify`: contexts of the two layouts
  /// differ.
  case notPassed = 12
  /// The command line is wrong; ArgumentParser uses the same number (EX_USAGE of sysexits.h).
  case usage = 64
  /// turnout.yaml, a system option or the flag file is wrong; nothing was changed (EX_CONFIG).
  case configuration = 78

  static let help = """
    Exit status:
       0  done
       1  failed; the message says why
       2  migrate, verify, cleanup: some contexts were left unchanged
       3  someone else changed the flag; nothing was overwritten
       4  written, but not confirmed by every proxy
       5  no proxy reachable; a change is written all the same
       6  the step is too large without --yes; nothing was changed
      10  compare: harmful
      11  compare: undecided
      12  a check failed, a bound is crossed, or verify found differences
      64  wrong command line
      78  wrong configuration or flag file; nothing was changed
    """
}

/// Ends the command with a message on standard error and that exit status.
func failure(_ status: ExitStatus, _ message: String) -> ExitCode {
  EventLog.flush()
  FailureDocument.record(message)
  Console.printError(message)
  return ExitCode(status.rawValue)
}

/// The result of `body`. An error ends the command with that status and the message `label: error`.
func orFail<Value: ~Copyable>(
  _ status: ExitStatus, _ label: String? = nil, _ body: () throws -> Value
) throws -> Value {
  do { return try body() } catch { throw failure(status, (label.map { "\($0): " } ?? "") + "\(error)") }
}

extension FlagStoreError {
  /// An invalid file is a configuration error; a refusal by the system or the store is a failure.
  var exitStatus: ExitStatus {
    switch self {
    case .conflict, .otherRevision: .conflict
    case .invalid, .fileMissing, .notAFile, .fileTooLarge, .unknownFlag: .configuration
    case .unreachable, .refused, .lost, .wrongType, .uncertain, .valueTooLarge, .badName, .locked, .system: .failed
    }
  }
}
