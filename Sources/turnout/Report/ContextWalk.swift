import Bytes
import Conversations
import Glibc
import Reactor
import Redis
import Synchronization

/// A run through the contexts: it shows its progress, can be interrupted, and lists what needs a look in a file.
struct ContextWalk {
  let file: UnreadableFile
  private let interruption: Interruption
  private let progress: WalkProgress
  private let meter: ProgressMeter

  /// - Parameters:
  ///   - command: for the name of the file.
  ///   - report: the file; nil for the standard name in the working folder.
  ///   - line: the progress after that many seconds, called on another thread; nil for what `reach` reports.
  init(_ command: String, report: String?, line: (@Sendable (Double) -> WalkLine)? = nil) throws {
    file = UnreadableFile(report, of: command)
    do throws(SystemError) {
      interruption = try Interruption()
      let progress = WalkProgress()
      self.progress = progress
      meter = try ProgressMeter(line ?? { progress.line(after: $0) })
    } catch {
      throw failure(.failed, error.description)
    }
  }

  var isInterrupted: Bool { interruption.isRequested }

  func reach(seen: Int, unreadable: Int, share: Double) { progress.reach(seen, unreadable, share) }

  /// Runs `body` with a connection and returns its result or its error. The progress display ends with it.
  func run<Result>(
    _ location: ContextLocation, as name: String,
    _ body: (inout RedisConnection) throws(MigrationError) -> Result
  ) -> Swift.Result<Result, MigrationError> {
    defer { meter.end() }
    do throws(MigrationError) {
      var connection = try Self.connect(location, name)
      return .success(try body(&connection))
    } catch {
      return .failure(error)
    }
  }

  private static func connect(_ location: ContextLocation, _ name: String) throws(MigrationError) -> RedisConnection {
    do throws(RedisError) { return try location.connect(as: name, replyLimit: ContextReader.replyLimit) } catch {
      throw .redis(error)
    }
  }

  /// Ends the progress display, for a run without `run`.
  func end() { meter.end() }

  /// Prints the report. Throws the exit status of a run that failed, was interrupted, or could not write its list.
  ///
  /// - Parameters:
  ///   - isDry: nil if the command has no dry run. The lines of a dry run are the data on standard output.
  ///   - resume: what to do after a run that ended early.
  ///   - missing: what the run was to find and did not, such as `legacy contexts`.
  func conclude(
    _ error: MigrationError?, isDry: Bool? = nil, _ output: OutputOptions, resume: String = "", missing: String?,
    of roles: [ContextRole], in location: ContextLocation, report: (RunSummary) -> TallyReport
  ) throws {
    let run = RunSummary(
      seconds: meter.seconds, isDry: isDry, isComplete: error == nil && !isInterrupted, listedIn: file.createdPath)
    let report = report(run)
    if isDry == true {
      Console.write(report.text, to: STDERR_FILENO)
    } else {
      try output.print(report, else: report.text)
    }
    if run.isComplete, let missing { Self.warnNothingFound(missing, roles, in: location) }
    if let error = file.error { Console.printError("The list is incomplete: \(error)") }
    if let error { throw failure(.failed, "\(error).\(resume)") }
    if isInterrupted { throw failure(.failed, "Interrupted.\(resume)") }
    if file.error != nil { throw failure(.failed, "The list of contexts left unchanged could not be written.") }
  }

  /// The warning that a run found nothing. The command still exits with 0.
  ///
  /// - Parameter what: what is missing, such as `legacy contexts`.
  static func warnNothingFound(_ what: String, _ roles: [ContextRole], in location: ContextLocation) {
    let who = roles.count == 1 ? " of role \(roles[0].rawValue)" : ""
    let text = "No \(what)\(who) found in \(location). Is it the right Redis? Choose one with --redis or REDIS_URL."
    Console.printError(Column.wrapped(text, 80).joined(separator: "\n"))
  }
}

/// The progress of a walk, shared with the meter's thread.
private final class WalkProgress: Sendable {
  private let state = Mutex((seen: 0, unreadable: 0, share: 0.0))

  func reach(_ seen: Int, _ unreadable: Int, _ share: Double) { state.withLock { $0 = (seen, unreadable, share) } }

  func line(after seconds: Double) -> WalkLine {
    let (seen, unreadable, share) = state.withLock { $0 }
    return WalkLine(seen: seen, unreadable: unreadable, share: share, seconds: seconds)
  }
}

/// The progress of a run through the contexts, on one line of at most 80 columns.
struct WalkLine {
  var seen: Int
  var unreadable: Int
  /// The share of the keys, 0 to 1.
  var share: Double
  var seconds: Double

  /// `[########            ]  41 %  410,000 contexts  45,600/s  13 s left`
  var bar: String {
    let filled = Int(share * 20)
    return "[\(String(repeating: "#", count: filled))\(String(repeating: " ", count: 20 - filled))] \(text)"
  }

  var text: String {
    let parts = [
      Column.right("\(Int(share * 100))", 3) + " %", NumberText.count(seen) + " contexts",
      rate, left, unreadable > 0 ? "\(NumberText.count(unreadable)) unreadable" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }

  private var rate: String? { seconds > 0.5 ? NumberText.count(Int(Double(seen) / seconds)) + "/s" : nil }

  /// Extrapolated from the time so far, once 5 % are done.
  private var left: String? {
    guard share >= 0.05, share < 1, seconds > 0.5 else { return nil }
    return NumberText.duration(seconds: Int((seconds / share * (1 - share)).rounded(.up))) + " left"
  }
}

/// Shows the progress of a run on standard error: a moving bar on a terminal, a line every five seconds elsewhere.
final class ProgressMeter: Sendable {
  private let start = MonotonicClock.now()
  private let isTerminal: Bool
  private let loop: BackgroundLoop

  /// - Parameter line: the progress after that many seconds; called on another thread.
  init(_ line: @escaping @Sendable (Double) -> WalkLine) throws(SystemError) {
    let isTerminal = isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
    let (start, interval) = (start, isTerminal ? Duration.milliseconds(200) : .seconds(5))
    self.isTerminal = isTerminal
    loop = try BackgroundLoop(name: "meter", state: { Deadline(after: interval) }) { next in
      guard next.hasPassed else { return next }
      let line = line(Self.seconds(since: start))
      Console.write(isTerminal ? "\r\(line.bar)\u{1B}[K" : line.text + "\n", to: STDERR_FILENO)
      next = Deadline(after: interval)
      return next
    }
  }

  var seconds: Double { Self.seconds(since: start) }

  private static func seconds(since start: UInt64) -> Double { Double(MonotonicClock.now() &- start) / 1e9 }

  /// After it returns, nothing more is shown.
  func end() {
    loop.stop()
    loop.join()
    if isTerminal { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}
