import ArgumentParser
import Diagnostics
import Glibc

/// Makes checks and prints them as they are known, or all of them as JSON at the end.
enum DiagnosticsRun {
  /// Ends the command with `ExitStatus.notPassed` when one failed.
  static func run(_ checks: [Diagnostics.Check], json: Bool) throws {
    try conclude(print(checks, json: json), json: json)
  }

  /// The results, for a command that says more before it ends.
  static func print(_ checks: [Diagnostics.Check], json: Bool) -> [CheckResult] {
    let isWatched = !json && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    let interruption = try? DiagnosticsInterruption(json: json)
    return CheckRunner.run(
      checks,
      begin: { name in
        interruption?.reach(name)
        if isWatched { Console.write("...        \(name)", to: STDERR_FILENO) }
      },
      known: { result in
        interruption?.reach(nil)
        if isWatched { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
        if !json { Console.write(CheckLines.text(result)) }
      })
  }

  static func conclude(_ results: [CheckResult], json: Bool) throws {
    if json { try JSONOutput.print(CheckResultsDocument(results)) } else { Console.write(CheckLines.summary(results)) }
    if !results.hasPassed { throw ExitCode(ExitStatus.notPassed.rawValue) }
  }
}
