import ArgumentParser
import Bytes
import Diagnostics
import Glibc
import Reactor
import Synchronization

/// Runs checks and prints each result at once, or all of them as JSON at the end.
enum DiagnosticsRun {
  /// Ends the command with `ExitStatus.notPassed` if one failed.
  static func run(_ checks: [DiagnosticCheck], json: Bool) throws {
    try conclude(print(checks, json: json), json: json)
  }

  /// Runs the checks, for a command that prints more before it ends.
  static func print(_ checks: [DiagnosticCheck], json: Bool) -> [CheckResult] {
    let isWatched = !json && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    let current = CurrentCheck()
    // Keeps SIGINT and SIGTERM blocked in all threads; the process ends in the handler.
    _ = try? Interruption(endingWith: { current.reportInterruption(json: json) })
    return CheckRunner.run(
      checks,
      begin: { name in
        current.set(name)
        if isWatched { Console.write("...        \(name)", to: STDERR_FILENO) }
      },
      finish: { result in
        current.set(nil)
        if isWatched { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
        if !json { Console.write(CheckLines.text(result)) }
      })
  }

  static func conclude(_ results: [CheckResult], json: Bool) throws {
    if json { try JSONOutput.print(CheckResultsDocument(results)) } else { Console.write(CheckLines.summary(results)) }
    if !results.hasPassed { throw ExitCode(ExitStatus.notPassed.rawValue) }
  }
}

/// The results of checks as text of 80 columns, one line each, with advice below:
///
///     pass  Redis backup     dump.rdb, 1.2 MiB                                   3.1 s
///     fail  Monitoring       no response from 127.0.0.1:9901: Connection     1 ms
///                            refused
///                            Start turnout serve, or give --admin HOST:PORT.
///     -     MySQL dump       not asked
enum CheckLines {
  private static let width = 80

  static func text(_ result: CheckResult) -> String {
    let outcome = result.outcome
    // With the section of the guide, such as 5.1, in front of the name.
    let name = result.section.map { Column.left($0, 4) + Column.left(result.name, 20) } ?? Column.left(result.name, 17)
    let indent = 6 + name.count
    var lines = Column.wrapped(Console.printable(outcome.found), width - indent)
    let time = NumberText.elapsed(nanoseconds: result.duration.nanoseconds)
    if outcome.status != .notAsked {
      // Behind the last line, if there is room.
      let last = lines.isEmpty ? "" : lines.removeLast()
      let room = width - indent - last.count - 1
      lines.append(room >= time.count ? Column.left(last, width - indent - time.count) + time : last)
    }
    if let advice = outcome.advice { lines += Column.wrapped(Console.printable(advice), width - indent) }
    let front =
      Column.left(outcome.status == .notAsked ? "-" : outcome.status.rawValue, 6) + name
    let shown = lines.enumerated().map {
      Column.trimmedEnd(($0.offset == 0 ? front : Column.left("", indent)) + $0.element)
    }
    // Uncut, to be pasted.
    return (shown + outcome.sql.map(Console.printable)).joined(separator: "\n") + "\n"
  }

  /// `8 passed, 1 failed, 2 not asked`
  static func summary(_ results: [CheckResult]) -> String {
    let outcomes: [(CheckOutcome.Status, String)] = [
      (.pass, "passed"), (.warn, "passed with a warning"), (.fail, "failed"), (.notAsked, "not asked"),
    ]
    return outcomes.compactMap { status, word in
      let count = results.count(status)
      return count > 0 || status == .fail ? "\(count) \(word)" : nil
    }.joined(separator: ", ") + "\n"
  }
}

/// The check under way, for the message when a signal ends the command.
private final class CurrentCheck: Sendable {
  private let name = Mutex<String?>(nil)

  /// Nil between checks.
  func set(_ name: String?) { self.name.withLock { $0 = name } }

  func reportInterruption(json: Bool) {
    let text = "Interrupted." + (name.withLock { $0 }.map { " The check under way was: \($0)." } ?? "")
    if json { try? JSONOutput.print(FailureDocument(error: text)) }
    // On a terminal, after the progress line and the ^C.
    Console.printError((isatty(STDERR_FILENO) == 1 ? "\n" : "") + text)
  }
}

/// The document of `preflight --json`, `smoke --json` and `validate --json`.
struct CheckResultsDocument: Encodable {
  struct Entry: Encodable {
    let name: String
    let section: String?
    let outcome: CheckOutcome.Status
    let found: String
    let advice: String?
    /// Nil where there is none.
    let sql: [String]?
    let seconds: Double
  }

  let passed: Bool
  let checks: [Entry]

  init(_ results: [CheckResult]) {
    passed = results.hasPassed
    checks = results.map { result in
      Entry(
        name: result.name, section: result.section, outcome: result.outcome.status, found: result.outcome.found,
        advice: result.outcome.advice, sql: result.outcome.sql.isEmpty ? nil : result.outcome.sql,
        seconds: Double(result.duration.nanoseconds / 1_000) / 1e6)
    }
  }
}
